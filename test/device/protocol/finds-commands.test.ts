// SPDX-License-Identifier: Apache-2.0
import * as fc from "fast-check";
import { run } from "../platform/run";
import { randomTest } from "../random-run";
import { bytes, expectFramed, nativeFramer, plainFramer, type Case, type Framed } from "./native-framer";

const CASES: readonly (readonly [name: string, stream: string, found: Framed[]])[] = [
  ["one command", "\x02abc\x03", ["abc"]],
  ["commands back to back", "\x02a\x03\x02b\x03", ["a", "b"]],
  ["an empty message", "\x02\x03", [""]],
  ["bytes between messages are ignored", 'x{"cmd":1}\n\x02a\x03\0\r\n\x02b\x03yz', ["a", "b"]],
  ["a second start delimiter starts the message again", "\x02lost\x02a\x03", ["a"]],
  ["an end delimiter outside a message is ignored", "\x03\x03\x02a\x03\x03\x02b\x03", ["a", "b"]],
  ["an unfinished message is not reported", "\x02a\x03\x02b", ["a"]],
  ["a command of the greatest length", `\x02${"a".repeat(12_287)}\x03`, ["a".repeat(12_287)]],
  ["one byte more is too long, once", `\x02${"a".repeat(12_288)}\x03`, [0]],
  ["a long one is skipped up to its end", `\x02${"a".repeat(30_000)}\x03\x02b\x03`, [0, "b"]],
  ["a start delimiter ends the skipping", `\x02${"a".repeat(13_000)}\x02b\x03`, [0, "b"]],
  ["a long command is reported before its end has come", `\x02${"a".repeat(12_288)}`, [0]],
];

test("a stream longer than a text in a module of the engine", async () => {
  const long = `\x02${"a".repeat(100_000)}\x03\x02b\x03`;
  await expectFramed([[{ stream: bytes(long), cuts: [50_000] }, [0, "b"]]]);
});

test.each(CASES)("%s, in one read and byte by byte", async (_, stream, found) => {
  await expectFramed([
    [{ stream: bytes(stream) }, found],
    [{ stream: bytes(stream), cuts: "every" }, found],
  ]);
});

randomTest("seed %d: the commands are the same however the stream is split into reads", [1], async (seed) => {
  const piece = fc.oneof(
    fc.constantFrom("\x02", "\x03", "\x02a\x03", '\x02{"cmd":"get_status"}\x03', "a".repeat(6_144), "b".repeat(12_287)),
    fc.constantFrom('"', "\\", "\\\\", ",", "[", "{", "]", "}", "\xc3", "\xa4", "\xe2\x82\xac", "\xf0\x9f\x94\xa5"),
    fc.string({ maxLength: 20 }),
    fc.uint8Array({ maxLength: 20 }).map((data) => Buffer.from(data).toString("latin1")),
  );
  const oneCase = fc
    .tuple(fc.array(piece, { maxLength: 12 }), fc.array(fc.nat(), { maxLength: 8 }))
    .map(([pieces, cuts]): Case => ({ stream: bytes(pieces.join("")), cuts }));
  const cases = fc.sample(oneCase, { numRuns: 500, seed });
  const found = await nativeFramer(cases);
  cases.forEach((one, i) => expect([one, found[i]]).toEqual([one, plainFramer(one)]));
});

test("a half-received message is forgotten on reset; positions outside the bytes are refused", async () => {
  const script = run(`
    import { createFramer } from "modules/protocol/command-framer";
    const framer = createFramer(), bytes = Uint8Array.of(2, 97, 3, 2, 98, 3);
    const fails = (f) => { try { f(); return "no error"; } catch (error) { return error.constructor.name; } };
    say(framer.feed(bytes, 0, 2), framer.event, framer.text);
    framer.reset();
    say(framer.feed(bytes, 2, 6), framer.event, framer.text);
    for (const range of [[0, 7], [2, 1], [-1, 2], [0, 1.5], [NaN, 2], []])
      say(fails(() => framer.feed(bytes, ...range)));
    say(fails(() => framer.feed("abc", 0, 1)), fails(() => framer.feed.call({}, bytes, 0, 1)));
  `);
  expect(await script.line()).toBe("2 none ");
  expect(await script.line()).toBe("6 command b");
  for (let i = 0; i < 5; i++) expect(await script.line()).toBe("RangeError");
  expect(await script.line()).not.toBe("no error");
  expect(await script.line()).not.toMatch(/no error/);
  expect(await script.ended).toBe(0);
});
