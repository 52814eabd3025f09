// SPDX-License-Identifier: Apache-2.0
import * as fc from "fast-check";
import { run } from "../platform/run";
import { clientFrame, plainCodec, PlainFrameReader } from "../../unit/web/websocket-peer";

/** A stream of frames, and where it is split into reads. */
interface Case {
  readonly stream: Buffer;
  readonly ends: readonly number[];
}

/** Kind of each event with its text and payload. */
type Event = [event: number, text: string | null, payload: number[]];

function plainEvents({ stream }: Case): Event[] {
  const reader = new PlainFrameReader();
  const events: Event[] = [];
  for (let at = 0; at < stream.length && reader.event < 1000;) {
    at = reader.feed(stream, at, stream.length);
    const { event, text = null, payload } = reader;
    if (event) events.push([event, event === 1 ? text : null, event >= 8 && event <= 10 ? [...payload] : []]);
  }
  return events;
}

async function nativeEvents(cases: readonly Case[]): Promise<Event[][]> {
  const list = cases.map(({ stream, ends }) => [stream.toString("base64"), ends]);
  const script = run(
    `
    import cases from "./cases";
    import { Base64 } from "modules/protocol/base64";
    import { createFrameReader } from "modules/web/websocket-frames";
    const reader = createFrameReader();
    for (const [stream, ends] of cases) {
      const bytes = Base64.decode(stream), events = [];
      let from = 0;
      reader.reset();
      for (const end of ends) {
        const read = bytes.slice(from, end);
        from = end;
        for (let at = 0; at < read.length && reader.event < 1000;) {
          at = reader.feed(read, at, read.length);
          const { event, text } = reader;
          if (event) events.push([event, text ?? null, Array.from(event < 1000 ? reader.payload : [])]);
        }
      }
      say(JSON.stringify(events));
    }
    `,
    { modules: { cases: `export default ${JSON.stringify(list)};` } },
  );
  const found: Event[][] = [];
  for (let i = 0; i < cases.length; i++) found.push(JSON.parse(await script.line()) as Event[]);
  expect(await script.ended).toBe(0);
  return found;
}

const text = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 60 }),
  fc.json({ maxDepth: 3 }),
  fc.constantFrom('{"cmd":"x\\u0000"}', "\0", "\x02{}", "[".repeat(17), "x".repeat(12_287), "x".repeat(12_288)),
);
const frame = fc.record({
  opcode: fc.constantFrom(0, 1, 1, 1, 2, 8, 9, 9, 10, 3),
  payload: fc.oneof(text, fc.uint8Array({ maxLength: 130 })),
  more: fc.boolean(),
  mask: fc.uint8Array({ minLength: 4, maxLength: 4 }),
});
const one: fc.Arbitrary<Case> = fc
  .tuple(fc.array(frame, { minLength: 1, maxLength: 8 }), fc.array(fc.nat(20_000), { maxLength: 12 }))
  .map(([frames, cuts]) => {
    const stream = Buffer.concat(frames.map(clientFrame));
    const ends = [...new Set([...cuts.map((cut) => cut % (stream.length + 1)), stream.length])];
    return { stream, ends: ends.sort((a, b) => a - b) };
  });

test("the native reader finds what RFC 6455 says, however the bytes are split", async () => {
  const cases = fc.sample(one, { numRuns: 400, seed: 6455 });
  const expected = cases.map(plainEvents);
  expect(await nativeEvents(cases)).toEqual(expected);
  const kinds = new Set(expected.flat().map(([event]) => event));
  expect([...kinds].sort((a, b) => a - b)).toEqual([1, 2, 8, 9, 10, 1002, 1007, 1009]);
});

test("frames and handshakes of the camera are those of RFC 6455", async () => {
  const lengths = [0, 1, 125, 126, 127, 4_096, 65_535, 65_536];
  const script = run(`
    import { nativeCodec } from "modules/web/websocket-frames";
    for (const length of ${JSON.stringify(lengths)}) {
      const frame = nativeCodec.frame(2, new Uint8Array(length).fill(7));
      say(frame.length, Array.from(frame.subarray(0, 10)), frame.subarray(frame.length - length).every((byte) => byte === 7));
    }
    say(nativeCodec.accept("dGhlIHNhbXBsZSBub25jZQ=="));
    for (const bad of [() => nativeCodec.accept("x".repeat(65)), () => nativeCodec.frame(16, new Uint8Array(1))])
      try { bad(); } catch (error) { say(error.constructor.name); }
  `);
  for (const length of lengths) {
    const expected = plainCodec.frame(2, new Uint8Array(length).fill(7));
    expect(await script.line()).toBe(`${expected.length} ${[...expected.subarray(0, 10)].join(",")} true`);
  }
  expect(await script.line()).toBe("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  expect([await script.line(), await script.line()]).toEqual(["RangeError", "RangeError"]);
  expect(await script.ended).toBe(0);
});
