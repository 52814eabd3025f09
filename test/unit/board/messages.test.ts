// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { encodeMessage, LineReader, LinkError, MAX_PAYLOAD, MessageReader } from "../../../simulator/board/messages";

test("any split of the stream gives the same messages", () => {
  const message = fc.record({ type: fc.constantFrom("A", "T", "Z"), payload: fc.uint8Array({ maxLength: 40 }) });
  fc.assert(
    fc.property(fc.array(message, { maxLength: 8 }), fc.array(fc.integer({ min: 1, max: 30 })), (sent, pieces) => {
      const stream = Buffer.concat(sent.map(({ type, payload }) => encodeMessage(type, payload)));
      const got: { type: string; payload: number[] }[] = [];
      const reader = new MessageReader((type, payload) => got.push({ type, payload: [...payload] }));
      let at = 0;
      for (const piece of pieces) {
        reader.push(stream.subarray(at, at + piece));
        at += piece;
      }
      if (at < stream.length) reader.push(stream.subarray(at));
      expect(got).toEqual(sent.map(({ type, payload }) => ({ type, payload: [...payload] })));
    }),
  );
});

test("a length above the limit is refused before its bytes arrive", () => {
  const header = Buffer.alloc(5);
  header.writeUInt32LE(MAX_PAYLOAD + 1, 0);
  expect(() => new MessageReader(() => undefined).push(header)).toThrow(LinkError);
});

test("lines are cut at newlines, and an endless line is refused", () => {
  const reader = new LineReader(8);
  expect(reader.push(Buffer.from("ab\ncd"))).toEqual(["ab"]);
  expect(reader.push(Buffer.from("\n\n"))).toEqual(["cd", ""]);
  expect(() => reader.push(Buffer.from("123456789"))).toThrow(LinkError);
});
