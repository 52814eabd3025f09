// SPDX-License-Identifier: Apache-2.0
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isNewer } from "../../../modules/web/page/versions";
import { chooseLanguage, LANGUAGES, t, type Texts } from "../../../modules/web/page/texts";
import { readPalettes } from "../../../tools/palettes";

const english = LANGUAGES["en"]?.texts as Texts;
const keys = Object.keys(english) as (keyof Texts)[];
const placeholders = (text: string): string[] => (text.match(/\{\w+\}/g) ?? []).sort();

afterEach(() => {
  chooseLanguage(["en"]);
});

test.each(Object.keys(LANGUAGES))("%s has every text, with the same values in it", (code) => {
  const texts = LANGUAGES[code]?.texts as Texts;
  expect(Object.keys(texts).sort()).toEqual([...keys].sort());
  for (const key of keys) {
    expect(texts[key].trim()).not.toBe("");
    expect([key, placeholders(texts[key])]).toEqual([key, placeholders(english[key])]);
  }
});

test("every palette has a name", () => {
  for (const [name] of readPalettes()) expect(keys).toContain(name);
});

test("every text is used", () => {
  const folder = join(__dirname, "../../../modules/web/page");
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"));
  const code = files
    .filter((name) => name !== "texts.ts")
    .map((name) => readFileSync(join(folder, name), "utf8"))
    .join("\n");
  const palettes = readPalettes().map(([name]) => name);
  expect(keys.filter((key) => !palettes.includes(key) && !code.includes(`"${key}"`))).toEqual([]);
});

test("the first known language is chosen, English otherwise", () => {
  expect(chooseLanguage(["fr-FR", "de-AT", "en"])).toBe("de");
  expect(t("box", { n: 2 })).toBe("Feld 2");
  expect(chooseLanguage(["fr", "toString"])).toBe("en");
  expect(t("box", { n: 2 })).toBe("Box 2");
});

test.each([
  ["4.1", "4.0", true],
  ["4.10", "4.9", true],
  ["4.0", "4.0", false],
  ["4.0", "4.0.1", false],
  ["5", "4.9", true],
])("version %s is newer than %s: %s", (a, b, newer) => {
  expect(isNewer(a, b)).toBe(newer);
});
