// SPDX-License-Identifier: Apache-2.0
import { isControl, printable } from "modules/log/printable";

/** Unicode's categories Cc, Zl and Zp and its property Bidi_Control, from Node's tables. */
const CONTROL = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/u;

test("exactly control characters, line and paragraph separators and bidirectional controls are escaped", () => {
  const wrong: string[] = [];
  for (let code = 0; code <= 0x10ffff; code++) {
    const character = String.fromCodePoint(code);
    const expected = CONTROL.test(character) ? `\\u${code.toString(16).padStart(4, "0")}` : character;
    if (printable(character) !== expected || isControl(code) !== CONTROL.test(character)) wrong.push(code.toString(16));
  }
  expect(wrong).toEqual([]);
});

test.each([
  ["Küche 热像仪 🔥", "Küche 热像仪 🔥"],
  ["", ""],
  ["a\u001b[31mb\u0007\n", "a\\u001b[31mb\\u0007\\u000a"],
  ["\u009b2J\u007f", "\\u009b2J\\u007f"],
  ["abc\u202egnp.exe\u2066", "abc\\u202egnp.exe\\u2066"],
])("%j is printed as %j", (text, expected) => {
  expect(printable(text)).toBe(expected);
});
