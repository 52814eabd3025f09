// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from "node:fs";
import { join, posix } from "node:path";
import * as ts from "typescript";
import { root } from "../../../tools/manifests";

/** Absolute specifiers that a module imports at run time, without those of types. */
export function imports(specifier: string, path: string): string[] {
  const source = readFileSync(join(root, path), "utf8");
  const options = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext, removeComments: true };
  const { outputText } = ts.transpileModule(source, { compilerOptions: options });
  const imported = ts.preProcessFile(outputText, true, true).importedFiles.map(({ fileName }) => fileName);
  return imported.map((name) => {
    const absolute = name.startsWith(".") ? posix.join(posix.dirname(specifier), name) : name;
    return absolute.replace(/\.js$/, "");
  });
}
