// SPDX-License-Identifier: Apache-2.0
/**
 * `npm run deploy`: builds the firmware for the ESP32 with an installed Moddable SDK and ESP-IDF, and writes it to a board
 * (docs/flashing.md). `-- --build` stops before the board; `-- --board dev-board` is for development boards;
 * `-- --self-test` builds and writes the self-test (docs/self-test.md) in place of the camera's firmware.
 */
import { copyFileSync, mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { Command, Option } from "commander";
import { BOARDS, DEFAULT_BOARD, slotSize } from "../boards";
import { checkEnvironment, flashCommand, images } from "./flash";
import { makeImages } from "./image";
import { configure, openSdk, run, type Sdk, SdkError } from "./sdk-build";

const root = join(__dirname, "../..");

interface Options {
  board: string;
  port?: string;
  baud: string;
  build?: true;
  selfTest?: true;
}

/** @returns the folder of the images: build/esp32/BOARD, of the self-test build/esp32/self-test/BOARD */
function build({ board, selfTest }: Options): string {
  const slotBytes = slotSize(board);
  const sdk: Sdk = { ...openSdk(process.env.MODDABLE ?? ""), program: selfTest ? "self-test" : "firmware" };
  console.log(`building for ${board}: the first time this takes minutes`);
  configure(sdk, { board });
  const made = makeImages(sdk, board);
  const folder = join(root, "build/esp32", selfTest ? "self-test" : "", board);
  mkdirSync(folder, { recursive: true });
  for (const { file, made: name } of images(board)) copyFileSync(join(made, name), join(folder, file));
  const { size } = statSync(join(folder, "tCamMini.bin"));
  if (size > slotBytes) throw new SdkError(`the image has ${size} bytes, its slot ${slotBytes}`);
  console.log(
    `${folder}: tCamMini.bin has ${size} bytes, ${((100 * size) / slotBytes).toFixed(1)} % of a slot of ${slotBytes}`,
  );
  return folder;
}

function flash(folder: string, { board, port, baud }: Options): void {
  const [program = "", ...args] = flashCommand({ board, baud, ...(port !== undefined && { port }) });
  console.log([program, ...args].join(" "));
  console.log(run(program, args, process.env, folder));
}

const program = new Command("deploy")
  .description("build the firmware for the ESP32 and write it to a board")
  .addOption(new Option("--board <board>", "which board").choices(BOARDS).default(DEFAULT_BOARD))
  .option("--port <port>", "serial port of the board; without it esptool looks for one")
  .option("--baud <rate>", "speed of writing", "460800")
  .option(
    "--self-test",
    "the self-test of a board in place of the camera's firmware; without the option that comes back",
  )
  .option("--build", "only build");

try {
  const options = program.parse().opts<Options>();
  checkEnvironment(process.env);
  const folder = build(options);
  if (!options.build) flash(folder, options);
} catch (error) {
  if (!(error instanceof SdkError)) throw error;
  if (error.details) console.error(error.details.trimEnd());
  console.error(`deploy: ${error.message}`);
  process.exitCode = 1;
}
