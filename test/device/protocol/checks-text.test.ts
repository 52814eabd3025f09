// SPDX-License-Identifier: Apache-2.0
import * as fc from "fast-check";
import { NESTING_LIMIT, VALUES_LIMIT } from "modules/protocol/framing";
import { randomTest } from "../random-run";
import { command, expectFramed, nativeFramer, type Framed } from "./native-framer";

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const nested = (depth: number): string => `${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`;
const valid = (text: string): [ReturnType<typeof command>, Framed[]] => [command(utf8(text)), [text]];
const invalid = (text: string): [ReturnType<typeof command>, Framed[]] => [command(utf8(text)), [null]];

test("ASCII and proper UTF-8 pass", async () => {
  await expectFramed(["", "{}", '{"cmd":"get_status"}', '{"a":"Wärme 🔥"}', "\ufeff{}"].map(valid));
});

test("no other bytes pass", async () => {
  const cases = {
    "a lone continuation byte": [0x80],
    "a cut-off sequence": [0xc3],
    "an overlong NUL": [0xc0, 0x80],
    "an overlong slash": [0xe0, 0x80, 0xaf],
    "a surrogate": [0xed, 0xa0, 0x80],
    "a value above U+10FFFF": [0xf4, 0x90, 0x80, 0x80],
    "a byte that UTF-8 never uses": [0xff],
    NUL: [0x7b, 0x00, 0x7d],
  };
  for (const data of Object.values(cases))
    await expectFramed([
      [command(Uint8Array.from([0x22, ...data, 0x22])), [null]],
      [command(Uint8Array.from(data)), [null]],
    ]);
});

randomTest("seed %d: Node agrees on what UTF-8 is", [1], async (seed) => {
  const byte = fc.oneof(fc.integer({ min: 4, max: 255 }), fc.integer({ min: 0x80, max: 0xff }), fc.constant(0));
  const cases = fc
    .sample(fc.array(byte, { maxLength: 8 }), { numRuns: 5_000, seed })
    .map((data) => Uint8Array.from(data));
  // Quotes and brackets count; what is tested here is the encoding.
  const found = await nativeFramer(cases.map(command));
  cases.forEach((data, i) => {
    let text: string | null = null;
    try {
      if (!data.includes(0)) text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(data);
    } catch {
      text = null;
    }
    expect([data, found[i]]).toEqual([data, [text]]);
  });
});

test("commands nest as deep as the limit, and no deeper", async () => {
  await expectFramed([valid(nested(NESTING_LIMIT)), invalid(nested(NESTING_LIMIT + 1)), invalid("[".repeat(12_287))]);
});

test("commands have as many values as the limit, and no more", async () => {
  const list = (count: number): string => `[${"1,".repeat(count - 2)}1]`; // the list is one of them
  await expectFramed([
    valid(list(VALUES_LIMIT - 1)),
    valid(list(VALUES_LIMIT)),
    invalid(list(VALUES_LIMIT + 2)),
    invalid(`[${"{},".repeat(VALUES_LIMIT / 2)}{}]`),
    valid(`{"a":"${",".repeat(12_000)}"}`),
  ]);
});

test("brackets inside strings do not count", async () => {
  const many = "[{".repeat(100);
  await expectFramed([
    valid(`{"a":"${many}"}`),
    valid(`{"a":"\\"${many}"}`),
    invalid(`{"a":"\\\\",${many}`),
    valid(`{"unfinished ${many}`),
  ]);
});

randomTest("seed %d: the depth of any JSON value is counted rightly", [1], async (seed) => {
  const depth = (value: unknown): number =>
    typeof value === "object" && value !== null ? 1 + Math.max(0, ...Object.values(value).map(depth)) : 0;
  const values = fc.sample(fc.jsonValue({ maxDepth: 6 }), { numRuns: 200, seed });
  const inside = (value: unknown, total: number): string => {
    const around = Math.max(0, total - depth(value));
    return `${"[".repeat(around)}${JSON.stringify(value)}${"]".repeat(around)}`;
  };
  await expectFramed(
    values.flatMap((value) => [valid(inside(value, NESTING_LIMIT)), invalid(inside(value, NESTING_LIMIT + 1))]),
  );
});
