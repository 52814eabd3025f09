// SPDX-License-Identifier: Apache-2.0
/** Form and wording of pages and code: unpadded tables, line length, and a list of words that plain technical English avoids. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative, resolve } from "node:path";

const ROOT = resolve(__dirname, "../../..");
/** Lines of pages are shorter than this. */
const LINE_LIMIT = 120;
const WORDS = /\b(told|tells?|nobody|anew|for ever|whoever|patience|is none)\b/i;
/** A relative clause as the subject: "Who leaves …". */
const WHO = /(?:^\W*|[.:;] )Who [a-z][^?]*$/;
/** On pages also "What …" and "Whatever …". */
const WHAT = /(?:^\W*|[.:;] )What(?:ever)? [a-z][^?]*$/;

/** Files that quote the words, and data. */
const ALLOWED = ["test/unit/architecture/english.test.ts", "test/fixtures", "test/fuzz/corpus"];

const PAGES = filesOf(".", /\.md$/);
const CODE = [
  "main.ts",
  "boards",
  "drivers",
  "examples",
  "modules",
  "platforms",
  "simulator",
  "tools",
  "test",
  "typings",
  ".ci",
]
  .flatMap((path) => filesOf(path, /\.(ts|js|mjs|c|h|py|html|defaults)$|\/(Makefile|run)$/))
  .filter((file) => !ALLOWED.some((path) => file === path || file.startsWith(`${path}/`)));

/** Files below `path` whose name fits, relative to the root. */
function filesOf(path: string, name: RegExp): string[] {
  const absolute = join(ROOT, path);
  if (!statSync(absolute).isDirectory()) return [path];
  return readdirSync(absolute, { withFileTypes: true })
    .filter(({ name: entry }) => !["node_modules", "build", ".git"].includes(entry))
    .flatMap((entry) => {
      const below = relative(ROOT, join(absolute, entry.name));
      if (entry.isDirectory()) return filesOf(below, name);
      return name.test(below) ? [below] : [];
    });
}

interface Line {
  readonly place: string;
  readonly text: string;
  readonly kind: "prose" | "table" | "example";
}

function linesOf(file: string): Line[] {
  let example = false;
  const page = file.endsWith(".md");
  return readFileSync(join(ROOT, file), "utf8")
    .split("\n")
    .map((text, index) => {
      const fence = page && text.trimStart().startsWith("```");
      if (fence) example = !example;
      const kind = example || fence ? "example" : page && text.trimStart().startsWith("|") ? "table" : "prose";
      return { place: `${file}:${index + 1}`, text, kind };
    });
}

function isPadded(row: string): boolean {
  return / {2,}\||\| {2,}|-{4,}/.test(row.trim().replace(/`[^`]*`/g, "code"));
}

const pageLines = PAGES.flatMap(linesOf);
const shown = (lines: readonly Line[]): string[] => lines.map(({ place, text }) => `${place}: ${text.trim()}`);

test("pages and code are found", () => {
  expect(PAGES).toEqual(expect.arrayContaining(["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs/protocol.md"]));
  expect(CODE).toEqual(expect.arrayContaining(["main.ts", "drivers/led/led.ts", "boards/board.ts"]));
});

test("the rules find what they are for", () => {
  expect(isPadded("| word   | means |")).toBe(true);
  expect(isPadded("| ------ | --- |")).toBe(true);
  expect(isPadded("| word | means `a  b` |")).toBe(false);
  expect("The client is told so.").toMatch(WORDS);
  expect("Who leaves and comes back is seen again.").toMatch(WHO);
  expect("- What is stored stays.").toMatch(WHAT);
  expect("What is the camera's address?").not.toMatch(WHAT);
});

test("no cell of a table is padded", () => {
  expect(shown(pageLines.filter(({ kind, text }) => kind === "table" && isPadded(text)))).toEqual([]);
});

test("lines of pages are under 120 characters, but for tables and examples", () => {
  expect(shown(pageLines.filter(({ kind, text }) => kind === "prose" && text.length >= LINE_LIMIT))).toEqual([]);
});

test("pages are free of the words", () => {
  const wrong = ({ kind, text }: Line): boolean =>
    kind !== "example" && (WORDS.test(text) || WHO.test(text) || (kind === "prose" && WHAT.test(text)));
  expect(shown(pageLines.filter(wrong))).toEqual([]);
});

test("code is free of the words", () => {
  const wrong = ({ text }: Line): boolean => WORDS.test(text) || (/^\s*(\/?\*|\/\/)/.test(text) && WHO.test(text));
  expect(shown(CODE.flatMap(linesOf).filter(wrong))).toEqual([]);
});
