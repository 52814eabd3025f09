// SPDX-License-Identifier: Apache-2.0
/** Debian's Chromium, driven by playwright-core. */
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { type Browser, chromium } from "playwright-core";
import { CHROMIUM_FLAGS } from "./optional-tools";

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

/** Starts the browser, without a window. */
export function launchBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: find("chromium"), args: [...CHROMIUM_FLAGS] });
}
