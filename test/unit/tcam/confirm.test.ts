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
  let asked: string;
  let input: PassThrough & { isTTY?: boolean };
  let said: jest.SpyInstance;
  const interruption = new AbortController();
  beforeEach(async () => {
    camera = new FakeCamera((_, self) => self.send({ status: { Version: "4.0" } }));
    connection = await Connection.open({ host: "127.0.0.1", port: await camera.listen() });
    input = Object.assign(new PassThrough(), { isTTY: true });
    asked = "";
    said = jest.spyOn(process.stdout, "write").mockImplementation(() => true);
  });
  afterEach(async () => {
    said.mockRestore();
    connection.close();
    await camera.close();
  });

  function confirm(version: string, yes = false, { signal } = interruption): Promise<void> {
    const output = new PassThrough().setEncoding("utf8");
    output.on("data", (text: string) => (asked += text));
    const bytes = makeFirmwareImage({ version, size: 1008 });
    const file = { bytes, ...readFirmwareImage(bytes) };
    return confirmVersion(connection, "firmware.bin", file, { yes, signal, terminal: { input, output } });
  }

  test("what runs and what is to run is said, and a newer one is not asked about", async () => {
    await confirm("4.1");
    expect(said).toHaveBeenCalledWith("version 4.0 runs now; firmware.bin is version 4.1\n");
    expect(asked).toBe("");
  });

  test.each(["y\n", "yes\n", " Y \n"])("%j agrees", async (answer) => {
    input.write(answer);
    await confirm("3.9");
    expect(asked).toBe("version 3.9 is older than 4.0, which runs now. Install it? [y/N] ");
  });

  test.each(["n\n", "\n", "yes please\n"])("%j does not", async (answer) => {
    input.write(answer);
    await expect(confirm("3.9")).rejects.toThrow("nothing was installed");
  });

  test("nor does the end of the input", async () => {
    input.end();
    await expect(confirm("3.9")).rejects.toThrow("nothing was installed");
  });

  test("a program that has to end stops asking, for the same reason", async () => {
    const ending = new AbortController();
    const confirmed = confirm("3.9", false, ending);
    confirmed.catch(() => undefined);
    while (asked === "") await new Promise((resolve) => setImmediate(resolve));
    ending.abort(new Error("Ctrl-C"));
    await expect(confirmed).rejects.toThrow("Ctrl-C");
  });

  test("--yes is not asked", async () => {
    await confirm("3.9", true);
    expect(asked).toBe("");
  });

  test("without a terminal --yes is needed", async () => {
    input.isTTY = false;
    await expect(confirm("3.9")).rejects.toThrow(
      new UsageError("version 3.9 is older than 4.0, which runs now: give --yes to install it"),
    );
  });

  test("what the image calls its version is shown escaped", async () => {
    input.write("n\n");
    await expect(confirm("3.9\x1b[2J")).rejects.toThrow("nothing was installed");
    expect(asked).toContain("version 3.9\\u001b[2J is older");
    expect(said).toHaveBeenCalledWith("version 4.0 runs now; firmware.bin is version 3.9\\u001b[2J\n");
  });
});
