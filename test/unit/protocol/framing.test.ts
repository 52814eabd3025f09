// SPDX-License-Identifier: Apache-2.0
import * as fc from "fast-check";
import { BUFFER_BYTES, COMMAND_BYTES, Framer } from "modules/protocol/framing";

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString("latin1");

/** What a framer makes of a stream that arrives in these reads. */
function frame(reads: Uint8Array[]): string[] {
  const framer = new Framer();
  const events: string[] = [];
  for (const read of reads)
    for (let at = 0; at < read.length;) {
      at = framer.feed(read, at, read.length);
      if (framer.event === "command") events.push(text(framer.command));
      else if (framer.event === "too-long") events.push("too long");
    }
  return events;
}

const bytes = (value: string): Uint8Array => Buffer.from(value, "latin1");

/** The rules, byte by byte: slow and obvious. */
function reference(stream: Uint8Array): string[] {
  const events: string[] = [];
  let state: "outside" | "inside" | "skipping" = "outside";
  let content: number[] = [];
  for (const byte of stream) {
    if (byte === 2) {
      state = "inside";
      content = [];
    } else if (byte === 3) {
      if (state === "inside") events.push(text(Uint8Array.from(content)));
      state = "outside";
    } else if (state === "inside") {
      content.push(byte);
      if (content.length > COMMAND_BYTES) {
        events.push("too long");
        state = "skipping";
      }
    }
  }
  return events;
}

function split(stream: Uint8Array, cuts: number[]): Uint8Array[] {
  const at = [...new Set(cuts.map((cut) => cut % (stream.length + 1)))].sort((a, b) => a - b);
  return [0, ...at].map((from, i) => stream.subarray(from, at[i] ?? stream.length));
}

describe("framing", () => {
  it.each([
    ["one command", "\x02abc\x03", ["abc"]],
    ["commands back to back", "\x02a\x03\x02b\x03", ["a", "b"]],
    ["an empty message", "\x02\x03", [""]],
    ["bytes between messages are ignored", 'x{"cmd":1}\n\x02a\x03\0\r\n\x02b\x03yz', ["a", "b"]],
    ["a second start delimiter starts the message again", "\x02lost\x02a\x03", ["a"]],
    ["an end delimiter outside a message is ignored", "\x03\x03\x02a\x03\x03\x02b\x03", ["a", "b"]],
    ["an unfinished message is not reported", "\x02a\x03\x02b", ["a"]],
    ["a command of the greatest length", `\x02${"a".repeat(12_287)}\x03`, ["a".repeat(12_287)]],
    ["one byte more is too long, once", `\x02${"a".repeat(12_288)}\x03`, ["too long"]],
    ["a long one is skipped up to its end", `\x02${"a".repeat(30_000)}\x03\x02b\x03`, ["too long", "b"]],
    ["a start delimiter ends the skipping", `\x02${"a".repeat(13_000)}\x02b\x03`, ["too long", "b"]],
  ])("%s", (_, stream, expected) => {
    expect(frame([bytes(stream)])).toEqual(expected);
    expect(frame([...bytes(stream)].map((byte) => Uint8Array.of(byte)))).toEqual(expected);
    expect(reference(bytes(stream))).toEqual(expected);
  });

  it("reports a command that is too long before its end", () => {
    expect(frame([bytes(`\x02${"a".repeat(12_288)}`)])).toEqual(["too long"]);
  });

  it("finds the same commands for every division into reads", () => {
    const piece = fc.oneof(
      fc.constantFrom(
        "\x02",
        "\x03",
        "\x02a\x03",
        '\x02{"cmd":"get_status"}\x03',
        "a".repeat(6_144),
        "b".repeat(12_287),
      ),
      fc.string({ maxLength: 20 }),
      fc.uint8Array({ maxLength: 20 }).map(text),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), fc.array(fc.nat(), { maxLength: 8 }), (pieces, cuts) => {
        const stream = Buffer.from(pieces.join(""), "latin1");
        expect(frame(split(stream, cuts))).toEqual(reference(stream));
      }),
      { numRuns: 500 },
    );
  });

  it("needs time proportional to the bytes, even for start delimiters only", () => {
    const calls = jest.spyOn(Uint8Array.prototype, "indexOf");
    frame([new Uint8Array(2_048).fill(2)]);
    expect(calls.mock.calls.length).toBeLessThan(2 * 2_048 + 4);
    const ends = calls.mock.calls.filter(([value]) => value === 3);
    expect(ends).toHaveLength(1); // the end that is not there is looked for once
    calls.mockRestore();
  });

  it("accepts a buffer of the exact size only", () => {
    expect(() => new Framer(new Uint8Array(BUFFER_BYTES - 1))).toThrow(RangeError);
  });

  it("drops a partial message on reset", () => {
    const framer = new Framer();
    framer.feed(bytes("\x02half"), 0, 5);
    framer.reset();
    expect(framer.feed(bytes("\x03\x02a\x03"), 0, 4)).toBe(4);
    expect(text(framer.command)).toBe("a");
  });
});
