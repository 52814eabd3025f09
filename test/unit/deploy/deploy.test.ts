// SPDX-License-Identifier: Apache-2.0
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { checkEnvironment, flashCommand, IMAGES } from "../../../tools/sdk/flash";

const root = resolve(__dirname, "../../..");
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "deploy-"));
  for (const path of ["sdk/tools", "idf/tools", "bin"]) mkdirSync(join(folder, path), { recursive: true });
  writeFileSync(join(folder, "sdk/tools/mcconfig.js"), "");
  writeFileSync(join(folder, "idf/tools/idf.py"), "");
  for (const program of ["idf.py", "xtensa-esp32-elf-gcc", "esptool"]) install(program);
});
afterEach(() => rmSync(folder, { recursive: true }));

function install(program: string): void {
  writeFileSync(join(folder, "bin", program), "");
  chmodSync(join(folder, "bin", program), 0o755);
}

const environment = (): NodeJS.ProcessEnv => ({
  MODDABLE: join(folder, "sdk"),
  IDF_PATH: join(folder, "idf"),
  PATH: join(folder, "bin"),
});

test("a complete environment is accepted", () => {
  expect(() => checkEnvironment(environment())).not.toThrow();
});

test.each([
  ["MODDABLE", undefined, /^MODDABLE is not set: install the Moddable SDK/],
  ["MODDABLE", "/nowhere", /^MODDABLE is \/nowhere, where no Moddable SDK is$/],
  ["IDF_PATH", undefined, /^IDF_PATH is not set: install ESP-IDF v6\.0/],
  ["IDF_PATH", "/nowhere", /^IDF_PATH is \/nowhere, where no ESP-IDF is$/],
  ["PATH", "/nowhere", /^idf\.py is not on PATH: run `\. .*export\.sh` in this shell$/],
])("with %s %s it is one line what to do", (name, value, message) => {
  expect(() => checkEnvironment({ ...environment(), [name]: value })).toThrow(message);
});

test.each(["idf.py", "xtensa-esp32-elf-gcc", "esptool"])("a missing %s is named", (program) => {
  chmodSync(join(folder, "bin", program), 0o644);
  expect(() => checkEnvironment(environment())).toThrow(`${program} is not on PATH`);
});

interface Partition {
  name: string;
  type: string;
  offset: number;
  size: number;
}

const partitions = (path: string): Partition[] =>
  readFileSync(join(root, path), "utf8")
    .split("\n")
    .filter((line) => line && !line.startsWith("#"))
    .map((line) => line.split(",").map((field) => field.trim()))
    .map(([name = "", type = "", , offset, size]) => ({ name, type, offset: Number(offset), size: Number(size) }));

const tables = ["platforms/esp32/sdkconfig/partitions.csv", "platforms/esp32/dev-board/sdkconfig/partitions.csv"];

test.each(tables)("%s has the images where they are written", (path) => {
  const table = partitions(path);
  const addressOf = (file: string): number | undefined => IMAGES.find((image) => image.file === file)?.address;
  expect(table.find(({ name }) => name === "otadata")?.offset).toBe(addressOf("ota_data_initial.bin"));
  expect(table.find(({ type }) => type === "app")?.offset).toBe(addressOf("tCamMini.bin"));
});

test("the development board's partitions are aligned, do not overlap and fit 4 MB, with two equal slots", () => {
  const table = partitions(tables[1] ?? "");
  let end = 0x9000;
  for (const { type, offset, size } of table) {
    expect(offset).toBeGreaterThanOrEqual(end);
    expect(offset % (type === "app" ? 0x10000 : 0x1000)).toBe(0);
    end = offset + size;
  }
  expect(end).toBeLessThanOrEqual(4 << 20);
  const slots = table.filter(({ type }) => type === "app");
  expect(slots.map(({ name }) => name)).toEqual(["ota_0", "ota_1"]);
  expect(new Set(slots.map(({ size }) => size)).size).toBe(1);
});

/** Parts of the C library that leave IRAM to the drivers where the ROM's are not used. */
const libraries = ["MATH", "NUMPARSER", "IO", "TIME", "CHAR", "RAND", "ENV", "FILE", "MISC"];

test("the development board's settings are the camera's, but for flash size, chip revision and PSRAM clock", () => {
  const settings = (path: string): string[] =>
    readFileSync(join(root, path), "utf8")
      .split("\n")
      .filter((line) => line.startsWith("CONFIG_"));
  const camera = settings("platforms/esp32/sdkconfig/sdkconfig.defaults");
  const board = settings("platforms/esp32/dev-board/sdkconfig/sdkconfig.defaults");
  expect(camera.filter((line) => !board.includes(line))).toEqual([
    "CONFIG_ESPTOOLPY_FLASHSIZE_4MB=n",
    "CONFIG_ESPTOOLPY_FLASHSIZE_8MB=y",
    "CONFIG_ESP32_REV_MIN_3=y",
    "CONFIG_SPIRAM_SPEED_80M=y",
  ]);
  expect(board.filter((line) => !camera.includes(line))).toEqual([
    "CONFIG_ESPTOOLPY_FLASHSIZE_4MB=y",
    "CONFIG_ESP32_REV_MIN_1=y",
    ...libraries.map((name) => `CONFIG_SPIRAM_CACHE_LIB${name}_IN_IRAM=n`),
    "CONFIG_SPIRAM_SPEED_40M=y",
  ]);
  const release = "sdkconfig.defaults.release";
  expect(settings(`platforms/esp32/dev-board/sdkconfig/${release}`)).toEqual(
    settings(`platforms/esp32/sdkconfig/${release}`),
  );
});

test("the command that docs/flashing.md shows is the one that is run", () => {
  const text = readFileSync(join(root, "docs/flashing.md"), "utf8").replace(/\\\n\s*/g, "");
  expect(text).toContain(flashCommand({ port: "/dev/ttyUSB0", baud: "460800" }).join(" "));
});
