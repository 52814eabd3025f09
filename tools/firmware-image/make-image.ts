// SPDX-License-Identifier: Apache-2.0
/**
 * `npm run make-image -- --version 4.1 firmware.bin`: writes a firmware image for the virtual camera, to try an update.
 * It passes the checks of the bootloader, the update and `tcam update`. Its program is filler: never send it to a real camera.
 */
import { writeFileSync } from "node:fs";
import { Command, InvalidArgumentError } from "commander";
import { slotSize } from "../boards";
import { makeFirmwareImage } from "../../simulator/board/storage/firmware-image";

function size(text: string): number {
  const value = Number(text);
  const largest = slotSize();
  if (!/^\d+$/.test(text) || value > largest)
    throw new InvalidArgumentError(`A size is a number of bytes, up to ${largest}.`);
  return value;
}

function version(text: string): string {
  if (!/^[\x21-\x7e]{1,31}$/.test(text))
    throw new InvalidArgumentError("A version is 1 to 31 bytes of ASCII, such as 4.1.");
  return text;
}

function behaviour(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError("Milliseconds are a whole number.");
  return value;
}

interface Options {
  version: string;
  size: number;
  project: string;
  crashAfter?: number;
  hangAfter?: number;
}

new Command("npm run make-image --")
  .description("A firmware image for the virtual camera (npm start), to try an update with. Not for a real camera.")
  .argument("<file>", "where to write it")
  .requiredOption("--version <text>", "the version it has", version)
  .option("--size <bytes>", "its size, rounded up to a multiple of 16", size, 1_000_000)
  .option("--project <name>", "the project name; every other one is refused", "tCamMini")
  .option("--crash-after <ms>", "it crashes so long after its start: to see the roll-back", behaviour)
  .option("--hang-after <ms>", "it hangs so long after its start", behaviour)
  .action((file: string, { crashAfter, hangAfter, ...options }: Options) => {
    const bad = { ...(crashAfter !== undefined && { crashAfter }), ...(hangAfter !== undefined && { hangAfter }) };
    const image = makeFirmwareImage({ ...options, ...(Object.keys(bad).length > 0 && { behaviour: bad }) });
    try {
      writeFileSync(file, image);
    } catch (error) {
      console.error(`make-image: ${(error as Error).message}`);
      process.exitCode = 1;
      return;
    }
    console.log(`${file}: version ${options.version}, ${image.length} bytes`);
  })
  .parse();
