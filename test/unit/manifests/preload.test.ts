// SPDX-License-Identifier: Apache-2.0
/** Requirements of the SDK for modules that are preloaded into flash, as far as their sources show them. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as ts from "typescript";
import { type Platform, readProgram, root } from "../../../tools/manifests";

const platforms: Platform[] = ["esp32", "lin"];

/** Files of this project that are preloaded on some platform. */
const files = [
  ...new Set(
    platforms.flatMap((platform) => {
      const { modules, preloads } = readProgram(platform);
      return [...modules].filter(([name]) => preloads.has(name)).map(([, path]) => path);
    }),
  ),
].filter((path) => path.endsWith(".ts"));

function parse(text: string, path = "module.ts"): ts.SourceFile {
  return ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true);
}

function where(node: ts.Node): string {
  const source = node.getSourceFile();
  return `${source.fileName}:${source.getLineAndCharacterOfPosition(node.getStart()).line + 1}: ${node.getText().split("\n")[0]}`;
}

/** Variables and regular expressions (each use writes `lastIndex`) that are created when the module runs. */
function changeable(source: ts.SourceFile): string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionLike(node) || ts.isTypeNode(node)) return;
    if (ts.isPropertyDeclaration(node) && !node.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.StaticKeyword))
      return;
    if (ts.isRegularExpressionLiteral(node) || ts.isEnumDeclaration(node)) found.push(where(node));
    if (ts.isVariableDeclarationList(node) && (node.flags & ts.NodeFlags.Const) === 0) found.push(where(node));
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/** The arguments of `native("name").call(this, …)`; undefined for any other node. */
function nativeArguments(node: ts.Node): string[] | undefined {
  if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return undefined;
  const { expression, name } = node.expression;
  const isNative = ts.isCallExpression(expression) && expression.expression.getText() === "native";
  if (!isNative || name.text !== "call") return undefined;
  return node.arguments.map((argument) => argument.getText());
}

/**
 * Native calls that the SDK cannot link in flash: the call has to be alone in its function and have the function's
 * parameters in their order without defaults; a constructor has `super()` before it.
 */
function notLinkable(source: ts.SourceFile): string[] {
  const found: string[] = [];
  const fits = (caller: ts.SignatureDeclaration, call: ts.Node, values: string[]): boolean => {
    const body = (caller as ts.FunctionLikeDeclaration).body;
    if (!body || !ts.isBlock(body)) return false;
    const statements = body.statements.filter((statement) => statement.getText() !== "super();");
    const [only] = statements;
    let inner = only && (ts.isReturnStatement(only) || ts.isExpressionStatement(only)) ? only.expression : undefined;
    while (inner && ts.isAsExpression(inner)) inner = inner.expression;
    const parameters = caller.parameters.filter((parameter) => parameter.name.getText() !== "this");
    const plain = parameters.every((parameter) => !parameter.initializer && !parameter.dotDotDotToken);
    const wanted = ["this", ...parameters.map((parameter) => parameter.name.getText())];
    return statements.length === 1 && inner === call && plain && values.join() === wanted.join();
  };
  const visit = (node: ts.Node, caller: ts.SignatureDeclaration | undefined): void => {
    const values = nativeArguments(node);
    if (values && !(caller && fits(caller, node, values))) found.push(where(node));
    ts.forEachChild(node, (child) => visit(child, ts.isFunctionLike(node) ? node : caller));
  };
  visit(source, undefined);
  return found;
}

test.each(files)("%s has no mutable state, and native calls that can be linked", (path) => {
  const source = parse(readFileSync(join(root, path), "utf8"), path);
  expect(changeable(source)).toEqual([]);
  expect(notLinkable(source)).toEqual([]);
});

test.each([
  ["const PATTERN = /x/g;", 1],
  ["let count = 0;", 1],
  ["enum Kind { One }", 1],
  ["class C { static pattern = /x/; }", 1],
  ["class C { pattern = /x/; }", 0],
  ["const f = (text: string) => text.replace(/x/g, '');", 0],
  ["const TABLE = Object.freeze({ a: 1 });", 0],
])("mutable state in `%s`: %i", (text, count) => {
  expect(changeable(parse(text)).length).toBe(count);
});

test.each([
  ['function f(this: X, a: string) { return native("f").call(this, a) as string; }', 0],
  ['class C { constructor(o: O) { super(); native("f").call(this, o); } }', 0],
  ['function f(a: string) { const bytes = native("f").call(this, a); return bytes; }', 1],
  ['function f(a = 1) { native("f").call(this, a); }', 1],
  ['function f(a: A, b: B) { native("f").call(this, b, a); }', 1],
  ['const f = () => native("f").call(undefined);', 1],
])("calls that cannot be linked in `%s`: %i", (text, count) => {
  expect(notLinkable(parse(text)).length).toBe(count);
});
