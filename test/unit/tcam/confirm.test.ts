// SPDX-License-Identifier: Apache-2.0
import { PassThrough } from "node:stream";
import { confirmVersion } from "../../../tools/tcam/confirm";
import { Connection } from "../../../tools/tcam/connection";
import { readFirmwareImage } from "../../../tools/tcam/firmware-image";
import { UsageError } from "../../../tools/tcam/program";
import { isOlder } from "../../../tools/tcam/update";
import { makeFirmwareImage } from "../../../simulator/board/storage/firmware-image";
import { FakeCamera } from "./fake-camera";

test.each([
  ["4.0", "4.1", true],
  ["4.9", "4.10", true],
  ["3.2", "4.0", true],
  ["4", "4.0.1", true],
  ["v3.9-dirty", "4.0", true],
  ["4.1", "4.0", false],
  ["4.10", "4.9", false],
  ["4.0", "4.0", false],
  ["4.0", "4.0.0", false],
  ["4.0-rc1", "4.0", false],
  ["nightly", "4.0", false],
  ["4.0", "unknown", false],
])("version %s is older than %s: %s", (version, than, older) => expect(isOlder(version, than)).toBe(older));

describe("before an older version is installed", () => {
  let camera: FakeCamera;
  let connection: Connection;
  let prompt: string;
  let input: PassThrough & { isTTY?: boolean };
  let stdout: jest.SpyInstance;
  const interruption = new AbortController();
  beforeEach(async () => {
    camera = new FakeCamera((_, self) => self.send({ status: { Version: "4.0" } }));
    connection = await Connection.open({ host: "127.0.0.1", port: await camera.listen() });
    input = Object.assign(new PassThrough(), { isTTY: true });
    prompt = "";
    stdout = jest.spyOn(process.stdout, "write").mockImplementation(() => true);
  });
  afterEach(async () => {
    stdout.mockRestore();
    connection.close();
    await camera.close();
  });

  function confirm(version: string, yes = false, { signal } = interruption): Promise<void> {
    const output = new PassThrough().setEncoding("utf8");
    output.on("data", (text: string) => (prompt += text));
    const bytes = makeFirmwareImage({ version, size: 1008 });
    const file = { bytes, ...readFirmwareImage(bytes) };
    return confirmVersion(connection, "firmware.bin", file, { yes, signal, terminal: { input, output } });
  }

  test("both versions are printed, and a newer one is installed without a question", async () => {
    await confirm("4.1");
    expect(stdout).toHaveBeenCalledWith("version 4.0 runs now; firmware.bin is version 4.1\n");
    expect(prompt).toBe("");
  });

  test.each(["y\n", "yes\n", " Y \n"])("%j confirms", async (answer) => {
    input.write(answer);
    await confirm("3.9");
    expect(prompt).toBe("version 3.9 is older than 4.0, which runs now. Install it? [y/N] ");
  });

  test.each(["n\n", "\n", "yes please\n"])("%j declines", async (answer) => {
    input.write(answer);
    await expect(confirm("3.9")).rejects.toThrow("nothing was installed");
  });

  test("the end of the input declines", async () => {
    input.end();
    await expect(confirm("3.9")).rejects.toThrow("nothing was installed");
  });

  test("an abort ends the question with the abort's reason", async () => {
    const abort = new AbortController();
    const confirmed = confirm("3.9", false, abort);
    confirmed.catch(() => undefined);
    while (prompt === "") await new Promise((resolve) => setImmediate(resolve));
    abort.abort(new Error("Ctrl-C"));
    await expect(confirmed).rejects.toThrow("Ctrl-C");
  });

  test("--yes skips the question", async () => {
    await confirm("3.9", true);
    expect(prompt).toBe("");
  });

  test("without a terminal --yes is required", async () => {
    input.isTTY = false;
    await expect(confirm("3.9")).rejects.toThrow(
      new UsageError("version 3.9 is older than 4.0, which runs now: give --yes to install it"),
    );
  });

  test("the image's version is printed escaped", async () => {
    input.write("n\n");
    await expect(confirm("3.9\x1b[2J")).rejects.toThrow("nothing was installed");
    expect(prompt).toContain("version 3.9\\u001b[2J is older");
    expect(stdout).toHaveBeenCalledWith("version 4.0 runs now; firmware.bin is version 3.9\\u001b[2J\n");
  });
});
