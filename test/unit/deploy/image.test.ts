// SPDX-License-Identifier: Apache-2.0
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { DEFAULT_BOARD } from "../../../tools/boards";
import { images } from "../../../tools/sdk/flash";
import { makeImages } from "../../../tools/sdk/image";
import { folders, type Sdk, type SdkError } from "../../../tools/sdk/sdk-build";

const MADE = ["xs_esp32.elf", ...images(DEFAULT_BOARD).map(({ made }) => made)];
let folder: string;
let sdk: Sdk;
let made: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "image-"));
  sdk = { moddable: folder, environment: process.env, output: folder, program: "firmware" };
  made = join(folders(sdk, { board: DEFAULT_BOARD }).temporary, "xsProj-esp32/build");
  mkdirSync(made, { recursive: true });
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A makefile like the SDK's: it hides the failure of the tool that makes `files`. */
function installMakefile(files: readonly string[]): void {
  const commands = files.map((file) => `\t@mkdir -p ${dirname(join(made, file))} && echo new >${join(made, file)}\n`);
  const tool = "\t@echo 'ld: region iram0_0_seg overflowed by 12 bytes' && false || true\n";
  const { temporary } = folders(sdk, { board: DEFAULT_BOARD });
  writeFileSync(join(temporary, "makefile"), `.PHONY: build\nbuild:\n${tool}${commands.join("")}`);
}

test("images are where the build made them", () => {
  installMakefile(MADE);
  expect(makeImages(sdk, DEFAULT_BOARD)).toBe(made);
});

test.each(MADE)("a build that fails in silence is an error, although an old %s is there", (file) => {
  installMakefile(MADE);
  makeImages(sdk, DEFAULT_BOARD);
  installMakefile(MADE.filter((other) => other !== file));
  const attempt = (): unknown => makeImages(sdk, DEFAULT_BOARD);
  expect(attempt).toThrow(`the build ended without an error, and without ${join(made, file)}`);
  expect(existsSync(join(made, file))).toBe(false);
});

test("the error has the tools' output", () => {
  installMakefile([]);
  try {
    makeImages(sdk, DEFAULT_BOARD);
  } catch (error) {
    expect((error as SdkError).details).toContain("iram0_0_seg overflowed");
    return;
  }
  throw new Error("the build passed");
});
