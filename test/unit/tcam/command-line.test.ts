// SPDX-License-Identifier: Apache-2.0
/** Arguments, commands and output of `tcam`. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { UNPRINTABLE } from "../../../tools/tcam/printable";
import { makeFirmwareImage } from "../../../simulator/board/storage/firmware-image";
import { answer, type Behaviour, Bench, fixture, STATUS, Tcam, WIFI } from "./tcam";

let bench: Bench;
beforeEach(() => (bench = new Bench()));
afterEach(() => bench.close());

const HOSTILE = "\x1b]0;owned\x07\x9b31m\u202egnp.exe\n";
const HOSTILE_SHOWN = "\\u001b]0;owned\\u0007\\u009b31m\\u202egnp.exe\\u000a";

describe("the command line", () => {
  test("--version prints the package's version; --help prints commands and exit statuses to standard output", async () => {
    const { version } = JSON.parse(readFileSync(join(__dirname, "../../../package.json"), "utf8")) as {
      version: string;
    };
    expect(await Tcam.run("--version")).toEqual({ code: 0, signal: null, out: `${version}\n`, err: "" });
    const help = await Tcam.run("--help");
    expect(help).toMatchObject({ code: 0, err: "" });
    for (const word of ["discover", "status", "snapshot", "record", "watch", "update", "Exit status: 0 done"])
      expect(help.out).toContain(word);
    expect((await Tcam.run("update", "--help")).out).toContain("--yes");
  });

  test.each([
    ["no command", [], "Usage: tcam"],
    ["an unknown command", ["picture"], "unknown command 'picture'"],
    ["a word instead of a number", ["spot", "left", "10", "20", "20"], '"left" is not an integer'],
    ["a word for an option", ["config", "--gain", "high"], '"high" is not an integer'],
    ["513 CCI words to read", ["cci", "get", "0x4ec0", "513"], "513 is not in 1 to 512"],
    ["a file of another format", ["snapshot", "picture.gif"], "must end in .png or .tjsn"],
    ["two different ports", ["--port", "1", "status"], "--host names port"],
    ["nothing to change", ["wifi-set"], "nothing to change"],
    ["a leading zero", ["wifi-set", "--sta-ip-addr", "10.0.0.010"], '"10.0.0.010" is not an IPv4 address'],
    ["a netmask of three numbers", ["wifi-set", "--sta-netmask", "255.0.0"], "is not an IPv4 address"],
    ["a name for the camera's address", ["wifi-set", "--ap-ip-addr", "kiln"], "is not an IPv4 address"],
  ])("%s is a usage error: status 2, the reason on standard error, no command sent", async (_, args, text) => {
    const { code, out, err } = await bench.tcam(answer, ...args);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toContain(text);
    expect(bench.received()).toEqual([]);
  });

  test.each([
    ["an empty address", ["--host", ""], '"" is not an address'],
    ["a port without an address", ["--port", "5001"], "--port needs --host"],
    ["an address of no local interface", ["--interface", "192.0.2.1"], "This computer has 127.0.0.1"],
  ])("%s is a usage error", async (_, args, text) => {
    const { code, out, err } = await Tcam.run(...args, "status");
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toContain(text);
  });

  test("--host may contain the port, with or without --port", async () => {
    const address = await bench.listen();
    const [host = "", port = ""] = address.split(":");
    for (const target of [
      ["--host", address],
      ["--host", host, "--port", port],
      ["--host", address, "--port", port],
    ])
      expect((await Tcam.run(...target, "status")).code).toBe(0);
    expect(bench.received()).toEqual(["get_status", "get_status", "get_status"]);
  });

  test.each([
    ["127.0.0.1:1", "127.0.0.1:1"],
    ["[::1]:1", "[::1]:1"],
    ["localhost:1", "localhost:1"],
  ])("without a listener at %s: status 1, the address and a reason", async (address, shown) => {
    const { code, out, err } = await Tcam.run("--host", address, "status");
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(err).toMatch(/^tcam: cannot connect to \S+: [a-z ]+\n$/);
    expect(err).toContain(` ${shown}: `);
  });
});

describe("output", () => {
  test.each([
    ["status", ["status"], "Model    262146 (Lepton 3.5, WiFi, updates over the air)\n"],
    ["config", ["config"], "agc_enabled  1 (on)\nemissivity   98\ngain_mode    2 (automatic)\n"],
    ["wifi", ["wifi"], "flags        15 (access point, enabled, initialised, started, connected)\n"],
    ["ffc", ["ffc"], "the flat-field correction is done\n"],
    ["spot", ["spot", "1", "2", "3", "4"], "the spotmeter is at columns 1–3, rows 2–4\n"],
  ])("%s: numbers in words, and the result", async (_, args, text) => {
    const { code, out, err } = await bench.tcam(answer, ...args);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toContain(text);
  });

  test("set-time prints the time that was sent", async () => {
    const { code, out } = await bench.tcam(answer, "set-time");
    expect(code).toBe(0);
    const { year, mon, day, hour, min, sec } = bench.camera?.commands[0]?.args as Record<string, number>;
    const two = (value = 0): string => String(value).padStart(2, "0");
    const date = `${1970 + (year ?? 0)}-${two(mon)}-${two(day)} ${two(hour)}:${two(min)}:${two(sec)}`;
    expect(out).toBe(`the camera's clock is set to ${date}\n`);
  });

  test("status prints the notice of a rolled back update", async () => {
    const Update = "Firmware update to 4.1 was rolled back, running 4.0";
    const { out } = await bench.tcam((_, self) => self.send({ status: { ...STATUS, Update } }), "status");
    expect(out).toContain(`Update   ${Update}\n`);
  });

  test("the sensor's refusal of a CCI command is a failure", async () => {
    const refusal = { cci_reg: { command: 0x9998, length: 1, status: 0xf906, data: "AQA=" } };
    const { code, out, err } = await bench.tcam((_, self) => self.send(refusal), "cci", "get", "0x9998", "1");
    expect(out).toBe("status 0xf906, result -7\n0x0001\n");
    expect({ code, err }).toEqual({ code: 4, err: "tcam: the sensor refused the command: result -7\n" });
  });

  test("a failed command prints the camera's message, status 4", async () => {
    const refuse: Behaviour = ({ cmd }, self) => self.info(0, `${cmd} failed: c1 must not be greater than c2`);
    expect(await bench.tcam(refuse, "spot", "9", "0", "1", "1")).toEqual({
      code: 4,
      signal: null,
      out: "",
      err: "tcam: set_spotmeter failed: c1 must not be greater than c2\n",
    });
  });

  test("an unsolicited cam_info is printed to standard error", async () => {
    const notify: Behaviour = (command, self) => {
      self.info(4, "SPI Slave restart error - images disabled");
      answer(command, self);
    };
    const { code, out, err } = await bench.tcam(notify, "status");
    expect(code).toBe(0);
    expect(out).toContain("Camera   tCam-Mini-EFB5\n");
    expect(err).toBe("the camera says: SPI Slave restart error - images disabled\n");
  });

  test.each([["snapshot"], ["record"], ["update"], ["status"]])(
    "%s prints the camera's reason for closing the connection",
    async (command) => {
      const file = join(bench.folder, command === "update" ? "firmware.bin" : "file.tjsn");
      if (command === "update") writeFileSync(file, makeFirmwareImage({ version: "4.1", size: 1008 }));
      const address = await bench.listen(
        () => undefined,
        (self) => {
          self.info(4, "Too many connections");
          self.end();
        },
      );
      const args = command === "status" ? [] : [file];
      const { code, out, err } = await Tcam.run("--host", address, command, ...args);
      expect({ code, out }).toEqual({ code: 4, out: "" });
      expect(err).toBe("tcam: the camera closed the connection: Too many connections\n");
      expect(readdirSync(bench.folder)).toEqual(command === "update" ? ["firmware.bin"] : []);
    },
  );
});

describe("a malformed answer is an error without JavaScript's own messages", () => {
  test.each<[string, object, string[], string]>([
    ["status", { cam_info: { info_value: 1, info_string: "?" } }, ["status"], "the camera sent nothing as status"],
    ["config", { config: null }, ["config"], "the camera sent null as config"],
    ["wifi", { wifi: [] }, ["wifi"], "the camera sent [] as wifi"],
    ["wifi-set", { wifi: {} }, ["wifi-set", "--flags", "1"], "wifi has no flags"],
    ["cci", { cci_reg: 3 }, ["cci", "get", "1", "1"], "the camera sent 3 as cci_reg"],
    ["cci status", { cci_reg: {} }, ["cci", "get", "1", "1"], "cci_reg has no status"],
    ["snapshot", { radiometric: "AAAA" }, ["snapshot", "never.png"], "radiometric: expected 38400 bytes, got 3"],
    ["record", { radiometric: 1 }, ["record", "/dev/null"], "not an image message: no radiometric"],
  ])("%s", async (_, malformed, args, text) => {
    const { code, err } = await bench.tcam(
      (command, self) => {
        if (command.cmd === "stream_on") self.info(1, "stream_on success");
        self.send(malformed);
      },
      ...args,
    );
    expect(code).toBe(1);
    expect(err).toMatch(/^tcam: .+\n$/);
    expect(err).toContain(text);
    expect(err).not.toMatch(/undefined|properties|Cannot|The value of/);
  });
});

describe("text from the camera", () => {
  const image = fixture.replace(/"Camera":"[^"]*"/, `"Camera":${JSON.stringify(HOSTILE)}`);
  const hostile: Behaviour = ({ cmd }, self) => {
    if (cmd === "get_status") self.send({ status: { ...STATUS, Camera: HOSTILE, [HOSTILE]: 1 } });
    else if (cmd === "get_wifi") self.send({ wifi: { ...WIFI, ap_ssid: HOSTILE } });
    else if (cmd === "stream_on") {
      self.info(1, "stream_on success");
      self.sendText(image);
    } else self.info(0, `${cmd} failed: ${HOSTILE}`);
  };
  /** Without line ends and the sequences that tcam itself draws with. */
  // eslint-disable-next-line no-control-regex
  const content = (text: string): string => text.replace(/\x1b\[[\d;?]*[HJKhlm]|[\n\r]/g, "");

  test.each([
    ["status", ["status"], "out"],
    ["wifi", ["wifi"], "out"],
    ["wifi-set", ["wifi-set", "--flags", "1"], "err"],
    ["ffc", ["ffc"], "err"],
    ["watch", ["watch", "--frames", "1"], "out"],
  ] as const)("is printed escaped by %s", async (_, args, stream) => {
    const exit = await bench.tcam(hostile, ...args);
    expect(exit[stream]).toContain(HOSTILE_SHOWN);
    expect(content(exit.out + exit.err).match(UNPRINTABLE)).toBeNull();
  });
});

describe("wifi-set", () => {
  test.each([
    ["WiFi stays on with only 128 given", ["--flags", "128"], { flags: 129 }, 'it joins the network "Home"'],
    ["--off turns WiFi off", ["--off"], { flags: 0 }, "its WiFi goes off: only its button"],
    ["--off keeps the other flags", ["--off", "--flags", "145"], { flags: 144 }, "its WiFi goes off"],
    ["without --flags no flags are sent", ["--ap-ssid", "Kiln"], { ap_ssid: "Kiln" }, 'opens its own network "Kiln"'],
    ["an empty password is sent", ["--ap-pw", ""], { ap_pw: "" }, "open to everyone"],
    [
      "several settings",
      ["--sta-ssid", "Shed", "--sta-pw", "12345678", "--sta-ip-addr", "10.1.2.3", "--flags", "144"],
      { sta_ssid: "Shed", sta_pw: "12345678", sta_ip_addr: "10.1.2.3", flags: 145 },
      'it joins the network "Shed" at 10.1.2.3, mask 255.0.0.0',
    ],
  ])("%s, and the effect is printed", async (_, args, change, text) => {
    const { code, out, err } = await bench.tcam(answer, "wifi-set", ...args);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(bench.camera?.commands.at(-1)).toEqual({ cmd: "set_wifi", args: change });
    expect(out).toContain(text);
  });

  test("its help gives password lengths in bytes", async () => {
    const { out } = await Tcam.run("wifi-set", "--help");
    expect(out).toContain("8 to 63 bytes");
    expect(out).not.toContain("characters");
  });
});
