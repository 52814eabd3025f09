// SPDX-License-Identifier: Apache-2.0
/** Pages of docs/ that a tool makes: NAME.md from the prose of NAME.in.md, with a value for each `{{key}}` in it. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export const docs = join(__dirname, "../../docs");

/** @param note for the comment at the top: what the page is made from. @throws Error when the prose has another key */
export function makePage(name: string, note: string, values: Readonly<Record<string, string>>): string {
  const text = readFileSync(join(docs, `${name}.in.md`), "utf8").replace(/\{\{(\w+)\}\}/g, (_, key: string) => {
    const value = values[key];
    if (value === undefined) throw new Error(`${name}.in.md: no value for {{${key}}}`);
    return value;
  });
  return `<!-- ${note} -->\n\n${text}`;
}

/** Writes the page, or with `check` only compares it. @returns false when the file is out of date */
export function writePage(name: string, text: string, check: boolean): boolean {
  const page = join(docs, `${name}.md`);
  if (!check) writeFileSync(page, text);
  return existsSync(page) && readFileSync(page, "utf8") === text;
}
