// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** The project's version as the camera reports it: `major.minor` of package.json. */
export function projectVersion(): string {
  const path = join(__dirname, "../../package.json");
  const { version } = JSON.parse(readFileSync(path, "utf8")) as { version: string };
  return version.split(".").slice(0, 2).join(".");
}
