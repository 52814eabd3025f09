// SPDX-License-Identifier: Apache-2.0
/** The example programs: one folder of examples/ each. */
import { existsSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";

const folder = resolve(__dirname, "../examples");

/** Names of all examples. */
export const EXAMPLES: readonly string[] = readdirSync(folder)
  .filter((name) => existsSync(join(folder, name, "manifest.json")))
  .sort();
