// SPDX-License-Identifier: Apache-2.0
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { BOARDS, parsePartitions, partitions, slotSize } from "../../../tools/boards";
import { checkEnvironment, flashCommand, images } from "../../../tools/sdk/flash";
import { boardSettings, mergeSettings, readSettings, settingProblems } from "../../../tools/sdk/sdkconfig";

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
  ["MODDABLE", "/nowhere", /^MODDABLE is \/nowhere: expected the folder of a Moddable SDK$/],
  ["IDF_PATH", undefined, /^IDF_PATH is not set: install ESP-IDF v6\.0/],
  ["IDF_PATH", "/nowhere", /^IDF_PATH is \/nowhere: expected the folder of an ESP-IDF$/],
  ["PATH", "/nowhere", /^idf\.py is not on PATH: run `\. .*export\.sh` in this shell$/],
])("with %s %s the message is one line with the remedy", (name, value, message) => {
  expect(() => checkEnvironment({ ...environment(), [name]: value })).toThrow(message);
});

test.each(["idf.py", "xtensa-esp32-elf-gcc", "esptool"])("a missing %s is reported", (program) => {
  chmodSync(join(folder, "bin", program), 0o644);
  expect(() => checkEnvironment(environment())).toThrow(`${program} is not on PATH`);
});

describe.each(BOARDS)("%s", (board) => {
  const table = partitions(board);

  test("the images are written to its partitions", () => {
    const addressOf = (file: string): number | undefined => images(board).find((image) => image.file === file)?.address;
    expect(table.find(({ name }) => name === "otadata")?.offset).toBe(addressOf("ota_data_initial.bin"));
    expect(table.find(({ type }) => type === "app")?.offset).toBe(addressOf("tCamMini.bin"));
  });

  test("partitions are aligned, do not overlap and fit its flash", () => {
    // The bootloader and the table are before the first partition.
    let end = 0x9000;
    for (const { type, offset, size } of table) {
      expect(offset).toBeGreaterThanOrEqual(end);
      expect(offset % (type === "app" ? 0x10000 : 0x1000)).toBe(0);
      end = offset + size;
    }
    const { common } = boardSettings(board);
    const flash = Number(/^CONFIG_ESPTOOLPY_FLASHSIZE_(\d+)MB=y$/m.exec(common)?.[1]);
    expect(end).toBeLessThanOrEqual(flash << 20);
  });

  test("updates alternate between two slots of equal size", () => {
    const slots = table.filter(({ subtype }) => subtype.startsWith("ota_"));
    expect(slots.map(({ name }) => name)).toEqual(["ota_0", "ota_1"]);
    expect(new Set(slots.map(({ size }) => size)).size).toBe(1);
    expect(slots[0]?.size).toBe(slotSize(board));
  });

  test("the required settings are set", () => {
    const { common, release } = boardSettings(board);
    const settings = readSettings(`CONFIG_PARTITION_TABLE_CUSTOM=y\n${common}${release}`);
    expect(settingProblems(settings, board)).toEqual([]);
  });
});

test.each(["nvs, data, nvs, 0x9000,", "nvs, data, nvs, , 0x4000", "nvs, data, nvs, here, 0x4000", "nvs"])(
  "a line of a partition table without numbers is rejected: %s",
  (line) => {
    expect(() => parsePartitions(`# name\n${line}\n`)).toThrow(`offset and size must be numbers: ${line}`);
  },
);

/** Parts of the C library that are not in IRAM on the development board, to leave room for the drivers. */
const libraries = ["MATH", "NUMPARSER", "IO", "TIME", "CHAR", "RAND", "ENV", "FILE", "MISC"];

test("the development board's settings differ in flash size, chip revision, PSRAM clock and C library", () => {
  const lines = (board: string): string[] =>
    boardSettings(board)
      .common.split("\n")
      .filter((line) => line.startsWith("CONFIG_"));
  const camera = lines("tcam-mini");
  const board = lines("dev-board");
  expect(camera.filter((line) => !board.includes(line))).toEqual([
    "CONFIG_ESPTOOLPY_FLASHSIZE_4MB=n",
    "CONFIG_ESPTOOLPY_FLASHSIZE_8MB=y",
    "CONFIG_ESP32_REV_MIN_3=y",
    "CONFIG_SPIRAM_SPEED_80M=y",
  ]);
  expect(board.filter((line) => !camera.includes(line))).toEqual([
    "CONFIG_ESPTOOLPY_FLASHSIZE_8MB=n",
    "CONFIG_ESPTOOLPY_FLASHSIZE_4MB=y",
    "CONFIG_ESP32_REV_MIN_3=n",
    "CONFIG_ESP32_REV_MIN_1=y",
    ...libraries.map((name) => `CONFIG_SPIRAM_CACHE_LIB${name}_IN_IRAM=n`),
    "CONFIG_SPIRAM_SPEED_80M=n",
    "CONFIG_SPIRAM_SPEED_40M=y",
  ]);
  expect(boardSettings("dev-board").release).toBe(boardSettings("tcam-mini").release);
});

test("an overlay replaces the settings it names and keeps the others", () => {
  expect(mergeSettings("# why\nCONFIG_A=y\nCONFIG_B=1\n", "# why\nCONFIG_B=2\nCONFIG_C=y\n")).toBe(
    "CONFIG_A=y\nCONFIG_B=2\nCONFIG_C=y\n",
  );
});

test("docs/flashing.md shows the flash command", () => {
  const text = readFileSync(join(root, "docs/flashing.md"), "utf8").replace(/\\\n\s*/g, "");
  expect(text).toContain(flashCommand({ board: "tcam-mini", port: "/dev/ttyUSB0", baud: "460800" }).join(" "));
});

test("regions that docs/flashing.md erases are partitions of every board", () => {
  const text = readFileSync(join(root, "docs/flashing.md"), "utf8");
  const regions = [...text.matchAll(/erase-region (0x\w+) (0x\w+)/g)].map(([, at, size]) => [Number(at), Number(size)]);
  expect(regions.length).toBeGreaterThan(0);
  for (const board of BOARDS) {
    const table = partitions(board).map(({ offset, size }) => [offset, size]);
    expect(regions.filter(([at, size]) => !table.some(([offset, bytes]) => offset === at && bytes === size))).toEqual(
      [],
    );
  }
});
