// SPDX-License-Identifier: Apache-2.0
/**
 * The command-line programs, each bundled into one JavaScript file: tests start them many times, and compiling their TypeScript
 * takes most of a start. Other tests start them as a user does.
 */
import { join } from "node:path";

/** Paths of the programs in TypeScript from the project's root. test/global-setup.js bundles them. */
export const PROGRAMS = [
  "simulator/start.ts",
  "tools/example.ts",
  "tools/firmware-image/make-image.ts",
  "tools/firmware-image/sign.ts",
  "tools/pi-host/main.ts",
  "tools/tcam/main.ts",
] as const;

export type Bundled = (typeof PROGRAMS)[number];

/** The command that starts a bundled program. */
export function bundled(program: Bundled): [node: string, file: string] {
  const name = program.replaceAll("/", "-").replace(/ts$/, "cjs");
  return [process.execPath, join(__dirname, "../build/test-programs", name)];
}
