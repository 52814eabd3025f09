// SPDX-License-Identifier: Apache-2.0
import * as fc from "fast-check";
import { printable, UNPRINTABLE } from "../../../tools/tcam/printable";

test.each([
  ["C0", "\x00\x07\x1b[31m\n\r\t", "\\u0000\\u0007\\u001b[31m\\u000a\\u000d\\u0009"],
  ["DEL and C1, including an 8-bit CSI", "\x7f\x80\x9b31m\x9f", "\\u007f\\u0080\\u009b31m\\u009f"],
  ["marks", "\u061c\u200e\u200f", "\\u061c\\u200e\\u200f"],
  ["embeddings and overrides", "\u202a\u202b\u202c\u202d\u202e", "\\u202a\\u202b\\u202c\\u202d\\u202e"],
  ["isolates", "\u2066\u2067\u2068\u2069", "\\u2066\\u2067\\u2068\\u2069"],
  ["line and paragraph separators", "\u2028\u2029", "\\u2028\\u2029"],
])("%s are escaped", (_, text, shown) => expect(printable(text)).toBe(shown));

test.each(["Kiln.1", "Brennöfen – 窯 🔥", "שלום", "a\\b", "no-break\u00a0space"])("%s is unchanged", (text) =>
  expect(printable(text)).toBe(text),
);

test("escaped JSON has the same value and no unprintable character", () => {
  const text = fc.string({ unit: "binary" });
  fc.assert(
    fc.property(text, (value) => {
      const shown = printable(JSON.stringify(value));
      expect(JSON.parse(shown)).toBe(value);
      expect(shown.match(UNPRINTABLE)).toBeNull();
    }),
  );
});
