// SPDX-License-Identifier: Apache-2.0
/** tools/page.ts builds the camera's web page. */
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { gunzipSync } from "node:zlib";
import { buildPage, DATA, DOCUMENT, PAGE_LIMIT, pageFolder, pageSource } from "../../../tools/page";

const folder = mkdtempSync(join(tmpdir(), "tcam-page-"));
const page = join(folder, DOCUMENT);
const data = join(folder, DATA);

beforeAll(() => {
  buildPage(folder);
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function dataBytes(): Buffer {
  const [, body = ""] = /kPage\[\] = \{([^}]*)\}/.exec(readFileSync(data, "utf8")) ?? [];
  return Buffer.from(body.split(",").map(Number).slice(0, -1));
}

test("the C file has the document's bytes, compressed, within the limit", () => {
  const bytes = dataBytes();
  expect(gunzipSync(bytes).equals(readFileSync(page))).toBe(true);
  expect(bytes.length).toBeLessThanOrEqual(PAGE_LIMIT);
});

test("its header names no time and no system: equal sources give equal bytes", () => {
  const bytes = dataBytes();
  expect([...bytes.subarray(0, 10)]).toEqual([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 255]);
  const before = readFileSync(data);
  rmSync(data);
  expect(buildPage(folder)).toBe(bytes.length);
  expect(readFileSync(data).equals(before)).toBe(true);
});

test("nothing is built when the sources have not changed", () => {
  expect(buildPage(folder)).toBeUndefined();
});

test("the document refers to no other file and to no other server", () => {
  const html = readFileSync(page, "utf8");
  expect(html).not.toMatch(/<link[^>]+stylesheet|<script[^>]+src|@import|url\((?!"?data:)/);
  expect(html.match(/https?:\/\/[^"'`\s)]+/g)?.filter((url) => !url.startsWith("http://www.w3.org/")) ?? []).toEqual(
    [],
  );
});

test("a firmware build without the page fails and names the command that builds it", () => {
  const source = readFileSync(pageSource, "utf8");
  const [, included = ""] = /__has_include\("([^"]+)"\)/.exec(source) ?? [];
  expect(resolve(dirname(pageSource), included)).toBe(join(pageFolder, DATA));
  const copy = join(folder, basename(pageSource));
  copyFileSync(pageSource, copy);
  const { status, stderr } = spawnSync(process.env["CC"] ?? "cc", ["-fsyntax-only", copy], { encoding: "utf8" });
  expect(status).not.toBe(0);
  expect(stderr.match(/error:.*/g)).toEqual([expect.stringMatching(/page is not built: run `.*npm run page`/)]);
});
