// SPDX-License-Identifier: Apache-2.0
/** Debian's Chromium, driven by playwright-core. */
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { type Browser, chromium } from "playwright-core";
import { CHROMIUM_FLAGS, missing } from "../../tools/optional-tools";

function find(program: string): string {
  for (const folder of (process.env["PATH"] ?? "").split(delimiter)) {
    const path = join(folder, program);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // not in this folder
    }
  }
  throw new Error(`${program} is not in PATH`);
}

/** Starts the browser; undefined without one: the tests are skipped then. */
export async function launchBrowser(): Promise<Browser | undefined> {
  if (missing("chromium") !== undefined) return undefined;
  return chromium.launch({ executablePath: find("chromium"), args: [...CHROMIUM_FLAGS] });
}
