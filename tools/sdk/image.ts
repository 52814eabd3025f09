// SPDX-License-Identifier: Apache-2.0
/** Makes the images for a board with the SDK's makefile. */
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { images } from "./flash";
import { folders, make, type Sdk, SdkError } from "./sdk-build";

/** Files of idf.py beside the images. With old ones the makefile takes a failed link for a finished one. */
const PROGRAM = "xs_esp32.elf";

/**
 * Builds the images of a configured board. The makefile ends with success even if idf.py failed, and copies the
 * files of an earlier build; so all are removed first and checked for afterwards.
 * @returns the folder of the images. @throws SdkError with what the tools said
 */
export function makeImages(sdk: Sdk, board: string): string {
  const { temporary, products } = folders(sdk, { board });
  const folder = join(temporary, "xsProj-esp32/build");
  const files = [PROGRAM, ...images(board).map(({ made }) => made)].map((file) => join(folder, file));
  for (const file of [...files, join(products, PROGRAM), join(products, "xs_esp32.bin")]) rmSync(file, { force: true });
  const said = make(sdk, { board }, ["build"]);
  const missing = files.find((file) => !existsSync(file));
  if (missing !== undefined) throw new SdkError(`the build ended without an error, and without ${missing}`, said);
  return folder;
}
