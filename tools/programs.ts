// SPDX-License-Identifier: Apache-2.0
import { accessSync, constants, statSync } from "node:fs";
import { delimiter, resolve } from "node:path";

/** The absolute path of a program (a name or a path) that can be executed. */
export function programPath(program: string, path = process.env["PATH"] ?? ""): string | undefined {
  const folders = program.includes("/") ? ["."] : path.split(delimiter);
  return folders
    .map((folder) => resolve(folder, program))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK);
        return statSync(file).isFile();
      } catch {
        return false;
      }
    });
}

/** Whether a program (a name or a path) can be executed. */
export function canRun(program: string, path?: string): boolean {
  return programPath(program, path) !== undefined;
}
