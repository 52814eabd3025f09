// SPDX-License-Identifier: Apache-2.0
/** The imports in all TypeScript of some folders. */
import { readdirSync, readFileSync } from "node:fs";
import { join, posix, relative, resolve } from "node:path";
import * as ts from "typescript";

const root = resolve(__dirname, "../../..");

export interface Import {
  /** The importing file, without extension, below the root. */
  readonly from: string;
  /** What it imports: a path of the same form, or the specifier of something that is no file here. */
  readonly to: string;
  /** Types only: nothing of it is left in the running firmware. */
  readonly types: boolean;
}

/** All imports of the files below `folders`; a folder may also be a single file. */
export function readImports(...folders: readonly string[]): Import[] {
  return folders.flatMap((folder) => filesOf(folder).flatMap(importsOf));
}

/** `drivers/led/led` is part of `drivers/led`, and main of `main`. */
export function partOf(path: string): string {
  return path.split("/").slice(0, 2).join("/");
}

/** As a person reads it in a failure. */
export function show({ from, to, types }: Import): string {
  return `${from} imports ${types ? "types of " : ""}${to}`;
}

function filesOf(folder: string): string[] {
  if (folder.endsWith(".ts")) return [folder];
  const files = readdirSync(join(root, folder), { recursive: true, encoding: "utf8" });
  return files.filter((file) => /(?<!\.d)\.ts$/.test(file)).map((file) => relative(root, join(root, folder, file)));
}

function importsOf(file: string): Import[] {
  const source = ts.createSourceFile(file, readFileSync(join(root, file), "utf8"), ts.ScriptTarget.ES2022, true);
  const from = file.replace(/\.ts$/, "");
  const found: Import[] = [];
  const visit = (node: ts.Node): void => {
    const import_ = specifierOf(node);
    if (import_) found.push({ from, to: absolute(from, import_.specifier), types: import_.types });
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

function specifierOf(node: ts.Node): { specifier: string; types: boolean } | undefined {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) {
    const specifier = node.moduleSpecifier;
    return specifier && ts.isStringLiteral(specifier) ? { specifier: specifier.text, types: isTypes(node) } : undefined;
  }
  const [argument] =
    ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword ? node.arguments : [];
  return argument && ts.isStringLiteral(argument) ? { specifier: argument.text, types: false } : undefined;
}

function isTypes(node: ts.ImportDeclaration | ts.ExportDeclaration): boolean {
  if (ts.isExportDeclaration(node)) return node.isTypeOnly || areTypes(node.exportClause);
  const clause = node.importClause;
  if (!clause) return false;
  return clause.isTypeOnly || (!clause.name && areTypes(clause.namedBindings));
}

function areTypes(names: ts.NamedImportBindings | ts.NamedExportBindings | undefined): boolean {
  return names !== undefined && "elements" in names && names.elements.every((element) => element.isTypeOnly);
}

function absolute(from: string, specifier: string): string {
  return specifier.startsWith(".") ? posix.join(posix.dirname(from), specifier) : specifier;
}
