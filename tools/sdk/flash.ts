// SPDX-License-Identifier: Apache-2.0
/** The images of an ESP32, and the tools that write them. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { partitions } from "../boards";
import { canRun } from "../programs";
import { SdkError } from "./sdk-build";

/** Where the ESP32's ROM reads the bootloader, and where that reads the partition table (CONFIG_PARTITION_TABLE_OFFSET's default). */
const BOOTLOADER = 0x1000;
const PARTITION_TABLE = 0x8000;

export interface WrittenImage {
  readonly address: number;
  readonly file: string;
  /** Path in the IDF's build folder. */
  readonly made: string;
}

/** The images of a board, by address. The firmware goes into the first application partition. */
export function images(board: string): WrittenImage[] {
  const table = partitions(board);
  const otadata = table.find(({ subtype }) => subtype === "ota");
  const app = table.find(({ type }) => type === "app");
  if (!otadata || !app) throw new SdkError(`the partition table of ${board} has no otadata or no application`);
  return [
    { address: BOOTLOADER, file: "bootloader.bin", made: "bootloader/bootloader.bin" },
    { address: PARTITION_TABLE, file: "partition-table.bin", made: "partition_table/partition-table.bin" },
    { address: otadata.offset, file: "ota_data_initial.bin", made: "ota_data_initial.bin" },
    { address: app.offset, file: "tCamMini.bin", made: "xs_esp32.bin" },
  ];
}

/** The command that writes them, run in their folder. */
export function flashCommand({ board, port, baud }: { board: string; port?: string; baud: string }): string[] {
  const files = images(board).flatMap(({ address, file }) => [`0x${address.toString(16)}`, file]);
  return ["esptool", "--chip", "esp32", ...(port ? ["--port", port] : []), "--baud", baud, "write-flash", ...files];
}

/** @throws SdkError with one line: what is missing, and how to install it */
export function checkEnvironment(environment: NodeJS.ProcessEnv): void {
  const { MODDABLE, IDF_PATH, PATH = "" } = environment;
  if (!MODDABLE)
    throw new SdkError("MODDABLE is not set: install the Moddable SDK 8.2.3 and set MODDABLE to its folder");
  if (!existsSync(join(MODDABLE, "tools/mcconfig.js")))
    throw new SdkError(`MODDABLE is ${MODDABLE}: expected the folder of a Moddable SDK`);
  if (!IDF_PATH)
    throw new SdkError("IDF_PATH is not set: install ESP-IDF v6.0 and run `. export.sh` of its folder in this shell");
  if (!existsSync(join(IDF_PATH, "tools/idf.py")))
    throw new SdkError(`IDF_PATH is ${IDF_PATH}: expected the folder of an ESP-IDF`);
  for (const program of ["idf.py", "xtensa-esp32-elf-gcc", "esptool"])
    if (!canRun(program, PATH))
      throw new SdkError(`${program} is not on PATH: run \`. ${join(IDF_PATH, "export.sh")}\` in this shell`);
}
