// SPDX-License-Identifier: Apache-2.0
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SpiBus } from "../../../tools/pi-host/spi-bus";
import { openSerial, openSpi, WireError } from "../../../tools/pi-host/wires";

const DEVICE = "/dev/spidev-fake";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "tcam-spidev-"));
  const library = join(folder, "fake-spidev.so");
  const source = join(__dirname, "fake-spidev.c");
  execFileSync(process.env["CC"] ?? "cc", ["-std=c11", "-Wall", "-Wextra", "-shared", "-fPIC", "-o", library, source]);
  Object.assign(process.env, { LD_PRELOAD: library, FAKE_SPIDEV: DEVICE, FAKE_LOG: join(folder, "log") });
});
afterAll(() => {
  for (const name of ["LD_PRELOAD", "FAKE_SPIDEV", "FAKE_LOG", "FAKE_BUFSIZ"]) delete process.env[name];
  rmSync(folder, { recursive: true });
});

test("an image is one transfer of spidev: mode 0, one message, at the requested rate", async () => {
  process.env["FAKE_BUFSIZ"] = "65536";
  const bus = new SpiBus(await openSpi(DEVICE));
  const [first, second] = await Promise.all([bus.transfer(51_985, 7_000_000), bus.transfer(3, 1_000_000)]);
  bus.close();
  expect(first).toEqual(Buffer.from(Uint8Array.from({ length: 51_985 }, (_, i) => i % 251)));
  expect(second).toEqual(Buffer.of(0, 1, 2));
  expect(readFileSync(join(folder, "log"), "utf8").trim().split("\n")).toEqual([
    "open read-write",
    "mode 0",
    "word 8",
    "transfer 51985 bytes 7000000 Hz 8 bits, cs_change 0, transmit nothing",
    "transfer 3 bytes 1000000 Hz 8 bits, cs_change 0, transmit nothing",
  ]);
});

test("when spidev's buffer is too small the error names the setting", async () => {
  process.env["FAKE_BUFSIZ"] = "4096";
  const bus = new SpiBus(await openSpi(DEVICE));
  await expect(bus.transfer(51_985, 7_000_000)).rejects.toThrow(
    `${DEVICE}: spidev's buffer is smaller than 51985 bytes: add spidev.bufsiz=65536 to the kernel's command line`,
  );
  await expect(bus.transfer(1, 0)).rejects.toThrow(WireError);
});

test.each([
  ["SPI device", openSpi, "/dev/null", "/dev/null: not an SPI bus of spidev"],
  ["SPI device", openSpi, "/dev/spidev9.9", "/dev/spidev9.9: No such file or directory"],
  ["serial port", openSerial, "/dev/null", "/dev/null: not a serial port"],
  ["serial port", openSerial, "/dev/ttyS99999", "/dev/ttyS99999: No such file or directory"],
])("what is no %s is an error of one line", async (_what, open, path, message) => {
  await expect(open(path)).rejects.toThrow(new WireError(message));
});
