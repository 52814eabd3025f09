// SPDX-License-Identifier: Apache-2.0
/** Debian's Chromium, driven by playwright-core. */
import { type Browser, chromium } from "playwright-core";
import { CHROMIUM_FLAGS, chromiumProgram } from "./optional-tools";

/** Starts the browser, without a window. */
export function launchBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: chromiumProgram(), args: [...CHROMIUM_FLAGS] });
}
