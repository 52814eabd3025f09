// SPDX-License-Identifier: Apache-2.0
/** tools/page.ts builds the camera's web page. */
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { gunzipSync } from "node:zlib";
import { projectVersion } from "../../../simulator/board/version";
import { API, API_DATA, buildPage, DATA, DOCUMENT, PAGE_LIMIT, pageFolder, pageSource } from "../../../tools/page";
import { openApi } from "../../../tools/web-api/openapi";

const folder = mkdtempSync(join(tmpdir(), "tcam-page-"));
const page = join(folder, DOCUMENT);
const data = join(folder, DATA);

beforeAll(() => {
  buildPage(folder);
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function dataBytes(file = data, name = "kPage"): Buffer {
  const [, body = ""] = new RegExp(`${name}\\[\\] = \\{([^}]*)\\}`).exec(readFileSync(file, "utf8")) ?? [];
  return Buffer.from(body.split(",").map(Number).slice(0, -1));
}

test("the C file has the document's bytes, compressed, within the limit", () => {
  const bytes = dataBytes();
  expect(gunzipSync(bytes).equals(readFileSync(page))).toBe(true);
  expect(bytes.length).toBeLessThanOrEqual(PAGE_LIMIT);
});

test("the other C file has openapi.json, compressed, with the version of the project", () => {
  const api = readFileSync(join(folder, API), "utf8");
  expect(JSON.parse(api)).toEqual(openApi(projectVersion()));
  expect(gunzipSync(dataBytes(join(folder, API_DATA), "kOpenApi")).toString()).toBe(api);
});

test("the header of gzip names no time and no system: equal sources give equal bytes", () => {
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

test("a firmware build without the documents fails and names the command that builds them", () => {
  const source = readFileSync(pageSource, "utf8");
  const included = [...source.matchAll(/__has_include\("([^"]+)"\)/g)].map(([, path = ""]) => path);
  expect(included.map((path) => resolve(dirname(pageSource), path))).toEqual([
    join(pageFolder, DATA),
    join(pageFolder, API_DATA),
  ]);
  const copy = join(folder, basename(pageSource));
  copyFileSync(pageSource, copy);
  const { status, stderr } = spawnSync(process.env["CC"] ?? "cc", ["-fsyntax-only", copy], { encoding: "utf8" });
  expect(status).not.toBe(0);
  expect(stderr.match(/error:.*/g)).toEqual([expect.stringMatching(/page is not built: run `.*npm run page`/)]);
});
