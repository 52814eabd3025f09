// SPDX-License-Identifier: Apache-2.0
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** The version in the package.json above `folder`; the depth of this file differs when compiled. */
export function packageVersion(folder = __dirname): string {
  const path = join(folder, "package.json");
  if (existsSync(path)) return (JSON.parse(readFileSync(path, "utf8")) as { version: string }).version;
  const above = dirname(folder);
  if (above === folder) throw new Error("there is no package.json");
  return packageVersion(above);
}
