// SPDX-License-Identifier: Apache-2.0
import { run } from "../platform/run";
import { decodeVersion1, decodeVersion2 } from "../web/binary-image";
import { boardWith, FakeSensor, OPEN, type PixelOf } from "./vospi-board";

/** A slope, with one cold pixel and one hot one. */
const slope: PixelOf = (frame, index) => {
  if (index === 160 * 7 + 3) return 5 + frame;
  return index === 160 * 100 + 159 ? 60_000 + frame : 30_000 + frame + (index % 160) + Math.floor(index / 160);
};
/** Does not become shorter. */
const noise: PixelOf = (frame, index) => ((index + 1) * 2_654_435_761 + frame * 40_503) >>> 16;

const PREPARE = `${OPEN}
  import { WebSocketImage } from "modules/web/websocket-image";
  import { Base64 } from "modules/protocol/base64";
  const bytesOf = (image, length, size) => {
    const message = new Uint8Array(length), piece = new Uint8Array(size);
    let at = 0, count;
    while ((count = image.read(piece)) > 0) { message.set(piece.subarray(0, count), at); at += count; }
    return at === length ? Base64.encode(message) : "length " + at + " of " + length;
  };`;

/** A message as the script said it, without the header of its WebSocket frame. */
function payloadOf(line: string): Buffer {
  const message = Buffer.from(line, "base64");
  expect([message[0], message[1], message.readUInt16BE(2)]).toEqual([0x82, 0x7e, message.length - 4]);
  return message.subarray(4);
}

const pixelsOf = (pixel: PixelOf, frame: number): number[] =>
  Array.from({ length: 19_200 }, (_, index) => pixel(frame, index) & 0xffff);

test("both versions have the frame's pixels and telemetry, in parts of any size, also when the frame is closed", async () => {
  const board = await boardWith(new FakeSensor(30, slope));
  const script = run(
    `${PREPARE}
    const first = new WebSocketImage(), second = new WebSocketImage(), third = new WebSocketImage();
    open({ onReadable() {
      const frame = this.read();
      say(frame.telemetry(20), frame.sequence, frame.captured);
      const lengths = [first.start(frame, 1, 0), second.start(frame, 2, 1764411000123), third.start(frame, 2, 0)];
      frame.close();
      say(bytesOf(first, lengths[0], 1001));
      say(bytesOf(second, lengths[1], 4096));
      say(bytesOf(third, lengths[2], 1));
      say(first.read(new Uint8Array(1)), second.read(new Uint8Array(1)));
      say(fails(() => first.start(frame, 1, 0)), fails(() => first.read()) !== "no error");
      this.close();
    } }).start();
    `,
    { env: board.env },
  );
  const [frame, sequence, captured] = (await script.line()).split(" ").map(Number) as [number, number, number];
  const telemetry = Array.from({ length: 240 }, (_, index) => {
    if (index < 80) return { 0: 14, 1: frame * 114, 20: frame, 72: 7 }[index] ?? 0;
    return index;
  });

  const one = payloadOf(await script.line());
  expect(one.length).toBe(38_892);
  const version1 = decodeVersion1(one);
  expect([version1.version, version1.flags]).toEqual([1, 1]);
  expect([...version1.telemetry]).toEqual(telemetry);
  expect([...version1.pixels]).toEqual(pixelsOf(slope, frame));

  const two = payloadOf(await script.line());
  expect(two.length).toBeLessThan(10_000);
  const { pixels, telemetry: words, ...facts } = decodeVersion2(two);
  expect([...words]).toEqual(telemetry);
  expect([...pixels]).toEqual(pixelsOf(slope, frame));
  expect(facts).toEqual({
    ...{ version: 2, flags: 3, compressed: true, sequence, captured, clock: 1_764_411_000_123 },
    min: { value: 5 + frame, row: 7, column: 3 },
    max: { value: 60_000 + frame, row: 100, column: 159 },
    mean: Math.round(pixelsOf(slope, frame).reduce((sum, value) => sum + value, 0) / 19_200),
    spot: 210,
  });
  const three = decodeVersion2(payloadOf(await script.line()));
  expect({ ...three, clock: facts.clock }).toEqual({ ...facts, pixels, telemetry: words });
  expect(await script.line()).toBe("0 0");
  expect(await script.line()).toBe("TypeError: frame is closed true");
  expect(await script.ended).toBe(0);
});

test("a frame that does not become shorter is sent as it is, and keeps its slot until its last byte or stop()", async () => {
  const board = await boardWith(new FakeSensor(30, noise));
  const script = run(
    `${PREPARE}
    const image = new WebSocketImage(), other = new WebSocketImage();
    let started = 0, length;
    open({ slots: 2, onReadable() {
      const frame = this.read();
      if (started === 0) {
        say(frame.telemetry(20));
        length = image.start(frame, 2, 0);
      } else if (started === 1) {
        say(bytesOf(image, length, 5000));
        other.start(frame, 2, 0);
        other.stop();
        other.stop();
      } else {
        say(frame.telemetry(20) > 1, other.read(new Uint8Array(9)));
        this.close();
      }
      started++;
      frame.close();
    } }).start();
    `,
    { env: board.env },
  );
  const frame = Number(await script.line());
  const { flags, pixels } = decodeVersion2(payloadOf(await script.line()));
  expect(flags).toBe(1);
  expect([...pixels]).toEqual(pixelsOf(noise, frame));
  expect(await script.line()).toBe("true 0");
  expect(await script.ended).toBe(0);
});

test("slow readers of older frames share what room there is: the fourth frame is sent as it is, then compressed again", async () => {
  const board = await boardWith(new FakeSensor(30, slope));
  const script = run(
    `${PREPARE}
    const images = [], lengths = [], again = new WebSocketImage();
    const compressed = (length) => length < 20000;
    open({ slots: 8, onReadable() {
      const frame = this.read();
      if (images.length < 4) {
        const image = new WebSocketImage();
        images.push(image);
        lengths.push(image.start(frame, 2, 0));
        frame.close();
        return;
      }
      say(lengths.map(compressed));
      for (let i = 0; i < 4; i++) say(bytesOf(images[i], lengths[i], 3000));
      say(compressed(again.start(frame, 2, 0)), compressed(images[0].start(frame, 1, 0)), compressed(images[0].start(frame, 2, 0)));
      frame.close();
      this.close();
    } }).start();
    `,
    { env: board.env },
  );
  expect(await script.line()).toBe("true,true,true,false");
  const sequences = [];
  for (let i = 0; i < 4; i++) {
    const { pixels, telemetry, sequence } = decodeVersion2(payloadOf(await script.line()));
    expect([...pixels]).toEqual(pixelsOf(slope, telemetry[20] as number));
    sequences.push(sequence);
  }
  expect([...new Set(sequences)].sort((a, b) => a - b)).toEqual(sequences);
  expect(await script.line()).toBe("true false true");
  expect(await script.ended).toBe(0);
});
