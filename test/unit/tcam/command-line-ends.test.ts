// SPDX-License-Identifier: Apache-2.0
/** How `tcam` ends: files, exit statuses, last messages. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeFirmwareImage } from "../../../simulator/board/storage/firmware-image";
import { answer, type Behaviour, Bench, STATUS, Tcam } from "./tcam";

let bench: Bench;
beforeEach(() => (bench = new Bench()));
afterEach(() => bench.close());

describe("output without a reader", () => {
  test.each([
    ["watch", ["watch"]],
    ["status", ["status"]],
  ])("%s ends by SIGPIPE without a message", async (_, args) => {
    const command = 'set -o pipefail; "$@" | true; echo "${PIPESTATUS[0]}"';
    const { out, err } = await (await bench.start(answer, args, command)).exit;
    expect({ out, err }).toEqual({ out: "141\n", err: "" });
  });

  test("standard error without a reader does not end the recording", async () => {
    const file = join(bench.folder, "movie.tmjsn");
    const { code } = await (await bench.start(answer, ["record", "--frames", "3", file], '"$@" 2> >(true)')).exit;
    expect(code).toBe(0);
    expect(readFileSync(file, "utf8")).toContain('"num_frames":3');
  });

  test("a full disk at standard output is an error", async () => {
    const { code, err } = await (await bench.start(answer, ["status"], '"$@" > /dev/full')).exit;
    expect(err).toBe("tcam: cannot write to standard output: no space left on device\n");
    expect(code).toBe(1);
  });
});

describe("files", () => {
  const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

  test.each(SIGNALS)("a recording ended by %s is complete", async (signal) => {
    const file = join(bench.folder, "movie.tmjsn");
    writeFileSync(file, "old");
    const recording = await bench.start(answer, ["record", file]);
    await recording.prints(/3 images/, { stream: "err" });
    expect(readFileSync(file, "utf8")).toBe("old");
    recording.child.kill(signal);
    expect(await recording.exit).toMatchObject({ code: 0, signal: null, out: `${file}: 3 images\n` });
    expect(readFileSync(file, "utf8")).toMatch(/"num_frames":3,"version":1\}\}$/);
    expect(readdirSync(bench.folder)).toEqual(["movie.tmjsn"]);
  });

  test.each(SIGNALS)(
    "%s before the first image keeps the old file and ends the process by that signal",
    async (signal) => {
      const file = join(bench.folder, "movie.tmjsn");
      writeFileSync(file, "old");
      const recording = await bench.start(({ cmd }, self) => self.info(1, `${cmd} success`), ["record", file]);
      await bench.untilReceived("stream_on");
      recording.child.kill(signal);
      expect(await recording.exit).toMatchObject({ code: null, signal, out: "" });
      expect(recording.err).toBe(`${file}: no image came, nothing was written\n`);
      expect(readFileSync(file, "utf8")).toBe("old");
      expect(readdirSync(bench.folder)).toEqual(["movie.tmjsn"]);
    },
  );

  test.each([
    ["record", "movie.tmjsn"],
    ["snapshot", "picture.png"],
    ["snapshot", "picture.tjsn"],
  ])("a %s that the camera refuses keeps the old %s", async (command, name) => {
    const file = join(bench.folder, name);
    writeFileSync(file, "old");
    const { code } = await bench.tcam(({ cmd }, self) => self.info(0, `${cmd} failed`), command, file);
    expect(code).toBe(4);
    expect(readFileSync(file, "utf8")).toBe("old");
    expect(readdirSync(bench.folder)).toEqual([name]);
  });

  test("a closed connection keeps the images received so far and is a failure", async () => {
    const file = join(bench.folder, "movie.tmjsn");
    const close: Behaviour = (command, self) => {
      answer(command, self);
      self.end();
    };
    const { code, out, err } = await bench.tcam(close, "record", file);
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(err).toContain(`${file}: 3 images, until it failed\ntcam: the camera closed the connection\n`);
    expect(readFileSync(file, "utf8")).toContain('"num_frames":3');
  });

  test("a full disk keeps the images that fit and is a failure", async () => {
    const file = join(bench.folder, "movie.tmjsn");
    // 120 KiB: two images of 52 KB and the video_info. Without the trap, SIGXFSZ would end the process before the error.
    const limited = `trap '' XFSZ; ulimit -f 120; exec "$@"`;
    const { code, err } = await (await bench.start(answer, ["record", file], limited)).exit;
    expect(code).toBe(1);
    expect(err).toContain(`${file}: 2 images, until it failed\ntcam: cannot write ${file}: file too large\n`);
    expect(readFileSync(file, "utf8")).toMatch(/\x03\{"video_info":.*"num_frames":2,"version":1\}\}$/); // eslint-disable-line no-control-regex
    expect(readdirSync(bench.folder)).toEqual(["movie.tmjsn"]);
  });

  test("a full disk during a snapshot keeps the old file and leaves no part of the new one", async () => {
    const file = join(bench.folder, "picture.tjsn");
    writeFileSync(file, "old");
    const limited = `trap '' XFSZ; ulimit -f 10; exec "$@"`;
    const { code, err } = await (await bench.start(answer, ["snapshot", file], limited)).exit;
    expect({ code, err }).toEqual({ code: 1, err: `tcam: cannot write ${file}: file too large\n` });
    expect(readFileSync(file, "utf8")).toBe("old");
    expect(readdirSync(bench.folder)).toEqual(["picture.tjsn"]);
  });

  test("a path that cannot be written to is an error before any command is sent", async () => {
    const file = join(bench.folder, "missing/movie.tmjsn");
    const { code, err } = await bench.tcam(answer, "record", file);
    expect({ code, err }).toEqual({ code: 1, err: `tcam: cannot write ${file}: no such file or directory\n` });
    expect(bench.received()).toEqual([]);
  });

  test("a snapshot writes the complete picture under the given name", async () => {
    const file = join(bench.folder, "picture.PNG");
    const { code, out } = await bench.tcam(answer, "snapshot", file);
    expect(code).toBe(0);
    expect(out).toContain(`${file}: min `);
    expect(readFileSync(file).toString("latin1", 1, 4)).toBe("PNG");
    expect(readdirSync(bench.folder)).toEqual(["picture.PNG"]);
  });
});

describe("an update", () => {
  const image = (version: string): string => {
    const file = join(bench.folder, "firmware.bin");
    writeFileSync(file, makeFirmwareImage({ version, size: 1008 }));
    return file;
  };
  const install: Behaviour = ({ cmd }, self) => {
    if (cmd === "get_status") self.send({ status: STATUS });
    else if (cmd === "fw_segment") self.info(6, "Firmware update success");
    else {
      self.info(1, `${cmd} success`);
      self.send({ get_fw: { start: 0, length: 1008 } });
    }
  };

  test("prints the running version, the new version and the result", async () => {
    const file = image("4.1");
    const { code, out } = await bench.tcam(install, "update", file);
    expect(code).toBe(0);
    expect(out.split("\n")).toEqual([
      `version 4.0 runs now; ${file} is version 4.1`,
      "version 4.1: press the camera's button now (the LED alternates red and green, 60 s)",
      "Firmware update success; the camera restarts",
      "",
    ]);
  });

  test("to an older version needs --yes without a terminal", async () => {
    const file = image("3.9");
    const { code, err } = await bench.tcam(install, "update", file);
    expect(code).toBe(2);
    expect(err).toBe("tcam: version 3.9 is older than 4.0, which runs now: give --yes to install it\n");
    expect(bench.received()).toEqual(["get_status"]);
    expect((await Tcam.run("--host", await bench.listen(install), "update", "--yes", file)).code).toBe(0);
  });

  test("that the camera refuses prints the camera's message", async () => {
    const message = "fw_update_request failed: the image has 1008 bytes, its slot 1000";
    const refuse: Behaviour = (command, self) => {
      if (command.cmd === "get_status") install(command, self);
      else self.info(0, message);
    };
    const { code, err } = await bench.tcam(refuse, "update", image("4.1"));
    expect({ code, err }).toEqual({ code: 4, err: `tcam: ${message}\n` });
  });

  test.each<[string, () => string, ...string[]]>([
    ["missing", () => join(bench.folder, "missing.bin"), "cannot read", "no such file or directory"],
    ["a folder", () => bench.folder, "cannot read", "it is a folder"],
    ["a device without an end", () => "/dev/zero", "cannot read /dev/zero: it has more than 16777216 bytes"],
    ["no firmware", () => __filename, __filename, "not an ESP32 application image"],
  ])("from a file that is %s fails before anything is sent", async (_, file, ...parts) => {
    const { code, out, err } = await bench.tcam(install, "update", file());
    expect({ code, out }).toEqual({ code: 1, out: "" });
    for (const part of parts) expect(err).toContain(part);
    expect(bench.received()).toEqual([]);
  });

  test.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)("is ended by %s, without a message", async (signal) => {
    const silent: Behaviour = ({ cmd }, self) =>
      cmd === "get_status" ? self.send({ status: STATUS }) : self.info(1, `${cmd} success`);
    const updating = await bench.start(silent, ["update", image("4.1")]);
    await bench.untilReceived("fw_update_request");
    updating.child.kill(signal);
    expect(await updating.exit).toMatchObject({ code: null, signal, err: "" });
  });
});
