// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from "node:fs";
import { join, posix } from "node:path";
import * as ts from "typescript";
import { root } from "../../../tools/manifests";

/** Specifiers that a module really asks for when it runs, made absolute: types are gone, as after compilation. */
export function imports(specifier: string, path: string): string[] {
  const source = readFileSync(join(root, path), "utf8");
  const options = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext, removeComments: true };
  const { outputText } = ts.transpileModule(source, { compilerOptions: options });
  const asked = ts.preProcessFile(outputText, true, true).importedFiles.map(({ fileName }) => fileName);
  return asked.map((name) => {
    const absolute = name.startsWith(".") ? posix.join(posix.dirname(specifier), name) : name;
    return absolute.replace(/\.js$/, "");
  });
}
