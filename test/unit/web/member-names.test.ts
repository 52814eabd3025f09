// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { memberNames } from "modules/web/member-names";

test.each([
  ["{}", []],
  ['[1, "a"]', []],
  ['"a"', []],
  ["7", []],
  ['{"a":1,"b":"c","a":2}', ["a", "b", "a"]],
  ['{"a" \n:{"b":[{"c":"d"}]} , "e":["f"]}', ["a", "e"]],
  ['{"\\"":":","\\\\":"\\\\","\\u0061{":"}"}', ['"', "\\", "a{"]],
])("of %s: %j", (text, names) => {
  expect(memberNames(text)).toEqual(names);
});

test("of any object: its own names, and none of those inside", () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.constantFrom(0, 1, "\t"), (object, indent) => {
      const text = JSON.stringify(object, null, indent);
      expect(memberNames(text)).toEqual(Object.keys(JSON.parse(text) as object));
    }),
  );
});

test("ends at the end of text that is no JSON", () => {
  fc.assert(fc.property(fc.stringMatching(/^[{}[\]":\\,a]*$/), (text) => void safely(() => memberNames(text))));
});

function safely(work: () => void): void {
  try {
    work();
  } catch (error) {
    expect(error).toBeInstanceOf(SyntaxError);
  }
}
