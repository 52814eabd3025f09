// SPDX-License-Identifier: Apache-2.0
import * as fc from "fast-check";
import { commandText, isBounded, isStrictUTF8, NESTING_LIMIT, VALUES_LIMIT } from "modules/protocol/json";
import { nodeText } from "./fakes";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const nestsWithin = (data: Uint8Array, depth: number): boolean => isBounded(data, depth, Infinity);
const nested = (depth: number): string => `${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`;

/** Engines may replace what is not UTF-8, and XS stops at NUL. */
const engine = { ...nodeText, decode: (data: Uint8Array) => Buffer.from(data).toString("utf8").split("\0")[0] ?? "" };

describe("the text of a command", () => {
  it("accepts ASCII and valid UTF-8", () => {
    for (const text of ["", "{}", '{"cmd":"get_status"}', '{"a":"Wärme 🔥"}'])
      expect(commandText(bytes(text), nodeText)).toBe(text);
  });

  it.each([
    ["a lone continuation byte", [0x80]],
    ["a cut-off sequence", [0xc3]],
    ["an overlong NUL", [0xc0, 0x80]],
    ["an overlong slash", [0xe0, 0x80, 0xaf]],
    ["a surrogate", [0xed, 0xa0, 0x80]],
    ["a value above U+10FFFF", [0xf4, 0x90, 0x80, 0x80]],
    ["a byte UTF-8 never uses", [0xff]],
    ["NUL", [0x7b, 0x00, 0x7d]],
  ])("rejects %s, whatever the engine's decoder does", (_, data) => {
    expect(isStrictUTF8(Uint8Array.from(data))).toBe(false);
    expect(commandText(Uint8Array.from([0x22, ...data, 0x22]), engine)).toBeUndefined();
  });

  it("agrees with Node on valid UTF-8", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 8 }), (data) => {
        let valid = !data.includes(0);
        try {
          nodeText.decode(data);
        } catch {
          valid = false;
        }
        expect(isStrictUTF8(data)).toBe(valid);
      }),
      { numRuns: 5_000 },
    );
  });

  it("accepts nesting up to the limit", () => {
    expect(commandText(bytes(nested(NESTING_LIMIT)), nodeText)).toBeDefined();
    expect(commandText(bytes(nested(NESTING_LIMIT + 1)), nodeText)).toBeUndefined();
    expect(commandText(bytes("[".repeat(12_287)), nodeText)).toBeUndefined();
  });

  it("accepts values up to the limit", () => {
    const list = (count: number): string => `[${"1,".repeat(count - 2)}1]`; // the list is one of them
    expect(commandText(bytes(list(VALUES_LIMIT - 1)), nodeText)).toBeDefined();
    expect(commandText(bytes(list(VALUES_LIMIT + 2)), nodeText)).toBeUndefined();
    expect(commandText(bytes(`[${"{},".repeat(VALUES_LIMIT / 2)}{}]`), nodeText)).toBeUndefined();
    expect(commandText(bytes(`{"a":"${",".repeat(12_000)}"}`), nodeText)).toBeDefined();
  });

  it("does not count brackets inside strings", () => {
    const many = "[{".repeat(100);
    expect(nestsWithin(bytes(`{"a":"${many}"}`), 2)).toBe(true);
    expect(nestsWithin(bytes(`{"a":"\\"${many}"}`), 2)).toBe(true);
    expect(nestsWithin(bytes(`{"a":"\\\\",${many}`), 2)).toBe(false);
    expect(nestsWithin(bytes(`{"unfinished ${many}`), 2)).toBe(true);
  });

  it("counts the depth of any JSON value", () => {
    const depth = (value: unknown): number =>
      typeof value === "object" && value !== null ? 1 + Math.max(0, ...Object.values(value).map(depth)) : 0;
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
        const data = bytes(JSON.stringify(value));
        expect(nestsWithin(data, depth(value))).toBe(true);
        if (depth(value) > 0) expect(nestsWithin(data, depth(value) - 1)).toBe(false);
      }),
    );
  });
});
