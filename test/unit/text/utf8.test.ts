// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { utf8Length } from "modules/text/utf8";

test("the length is that of Node's encoding, if the text can be encoded and contains no NUL", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      const valid = Buffer.from(text).toString() === text && !text.includes("\0");
      expect(utf8Length(text, 1000)).toBe(valid ? Buffer.byteLength(text) : undefined);
    }),
  );
});

test.each(["\0", "a\0", "\ud800", "a\udc00b"])("%j cannot be stored", (text) => {
  expect(utf8Length(text, 10)).toBeUndefined();
});

test("a text of more characters than the limit is not read", () => {
  expect(utf8Length("\ud800".repeat(11), 10)).toBe(11);
});
