// SPDX-License-Identifier: Apache-2.0
/** Any binary message in place of a frame: what the page reads must be a whole image. */
import fc from "fast-check";
import { readFrame } from "../../../modules/web/page/frame";
import { decompress } from "../../../modules/web/page/lossless";
import { compress } from "./lossless-encoder";

const PIXELS = 19_200;
const pixels = Uint16Array.from({ length: PIXELS }, (_, i) => 29_000 + ((i * 2654435761) >>> 24));
const compressed = compress(pixels);

function message(payload: Uint8Array, flags: number, telemetryBytes = 480): Uint8Array {
  const bytes = Buffer.alloc(40 + telemetryBytes + payload.length);
  bytes.write("TCAM", 0, "latin1");
  bytes.set([2, flags], 4);
  bytes.writeUInt16LE(telemetryBytes, 6);
  bytes.writeUInt32LE(payload.length, 8);
  bytes.set(payload, 40 + telemetryBytes);
  return bytes;
}

const read = (bytes: Uint8Array) => readFrame(Uint8Array.from(bytes).buffer);

test("a changed or cut message is a frame of all pixels, or none", () => {
  const raw = new Uint8Array(2 * PIXELS);
  const whole = fc.constantFrom(message(compressed, 3), message(raw, 1), message(raw, 0, 0));
  const changes = fc.array(fc.tuple(fc.oneof(fc.nat(39), fc.nat(40_000)), fc.nat(255)), { maxLength: 6 });
  let frames = 0;
  fc.assert(
    fc.property(whole, changes, fc.option(fc.nat(40_000)), (bytes, values, length) => {
      const copy = bytes.slice(0, length ?? bytes.length);
      for (const [at, value] of values) if (at < copy.length) copy[at] = value;
      const frame = read(copy);
      if (!frame) return;
      frames += 1;
      expect([frame.pixels.length, frame.telemetry.length]).toEqual([PIXELS, 240]);
    }),
    { numRuns: 60, examples: [[message(raw, 1), [], null]] },
  );
  expect(frames).toBeGreaterThan(0);
});

test("any bytes decompress to all pixels, or to nothing", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 3_000 }), (bytes) => {
      expect([undefined, PIXELS]).toContain(decompress(bytes)?.length);
    }),
    { numRuns: 40 },
  );
  for (const length of [0, 1, compressed.length - 1])
    expect(decompress(compressed.subarray(0, length))).toBeUndefined();
  expect(decompress(compressed)).toEqual(pixels);
});
