// SPDX-License-Identifier: Apache-2.0
import { run } from "../platform/run";
import { boardWith, FakeSensor, OPEN } from "../vospi/vospi-board";

const JPEG = `
  import { JpegEncoder, JpegSource } from "modules/image/jpeg";
  const usual = { palette: "iron", low: 0, high: 100, quality: 80, scale: 1 };
  const readAll = (source, size) => {
    const bytes = [], piece = new Uint8Array(size);
    for (let count; (count = source.read(piece)); ) bytes.push(...piece.subarray(0, count));
    return bytes;
  };
`;

test("a picture is encoded beside JavaScript and shared by sources that send it between two texts", async () => {
  const board = await boardWith(new FakeSensor(30));
  const script = run(
    `${OPEN}${JPEG}
    const comment = JSON.stringify({ min: 1 });
    let frame, started = false;
    const sources = [new JpegSource(), new JpegSource()];
    const encoder = new JpegEncoder({ onEncoded(length) {
      const jpeg = encoder.take();
      say(started, length === jpeg.length, fails(() => encoder.take()), frame.sequence);
      frame.close();
      const lengths = [sources[0].start(jpeg, "", ""), sources[1].start(jpeg, "head\\r\\n", "\\r\\ntail")];
      jpeg.close();
      jpeg.close();
      say(fails(() => sources[0].start(jpeg, "", "")));
      const bare = readAll(sources[0], 1000), framed = readAll(sources[1], 7);
      say(bare.length === length, lengths[0] === length, framed.length === lengths[1], framed.length - length);
      say(framed.slice(6, -6).every((byte, i) => byte === bare[i]), String.fromCharCode(...framed.slice(0, 4), ...framed.slice(-4)));
      say(bare[0] === 0xff, bare[1] === 0xd8, bare[length - 2] === 0xff, bare[length - 1] === 0xd9);
      say(String.fromCharCode(...bare).includes(comment));
      encoder.close();
      encoder.close();
    } });
    const vospi = open({ onReadable() {
      frame = this.read();
      this.close();
      encoder.start(frame, usual, comment);
      say(fails(() => encoder.start(frame, usual, comment)));
      started = true;
    } });
    vospi.start();
    `,
    { env: board.env },
  );
  for (const line of [
    "Error: a picture is being encoded",
    "true true TypeError: expected an encoder with a picture 1",
    "SyntaxError: closed",
    "true true true 12",
    "true headtail",
    "true true true true",
    "true",
  ])
    expect(await script.line()).toBe(line);
  expect(await script.ended).toBe(0);
});

test("the next picture can be started when one is ready; a picture not taken is freed, and no slot stays held", async () => {
  const board = await boardWith(new FakeSensor(60));
  const script = run(
    `${OPEN}${JPEG}
    let frames = 0, pictures = 0, busy = false, waiting;
    const begin = () => {
      busy = true;
      encoder.start(waiting, usual, "");
      waiting.close();
      waiting = undefined;
    };
    const encoder = new JpegEncoder({ onEncoded() {
      busy = false;
      if (++pictures % 2) encoder.take();
      if (waiting) begin();
    } });
    const vospi = open({ slots: 3, onReadable() {
      waiting?.close();
      waiting = this.read();
      if (!busy) begin();
      if (++frames < 20) return;
      say(pictures > 5);
      this.close();
      encoder.close();
    } });
    vospi.start();
    `,
    { env: board.env },
  );
  expect(await script.line()).toBe("true");
  expect(await script.ended).toBe(0);
});

test("an encoder that is closed drops its job and calls nothing", async () => {
  const board = await boardWith(new FakeSensor(30));
  const script = run(
    `${OPEN}${JPEG}
    import Timer from "timer";
    const encoder = new JpegEncoder({ onEncoded() { say("called"); } });
    const vospi = open({ slots: 2, onReadable() {
      const frame = this.read();
      if (frame.sequence > 2) {
        say("frame", frame.sequence);
        this.close();
        return;
      }
      if (frame.sequence === 1) {
        encoder.start(frame, usual, "");
        encoder.close();
        say(fails(() => encoder.start(frame, usual, "")));
      }
      frame.close();
    } });
    vospi.start();
    `,
    { env: board.env },
  );
  expect(await script.line()).toBe("SyntaxError: closed");
  expect(await script.line()).toBe("frame 3");
  expect(await script.ended).toBe(0);
});

test("options out of their range are an error and start nothing", async () => {
  const board = await boardWith(new FakeSensor(30));
  const script = run(
    `${OPEN}${JPEG}
    const encoder = new JpegEncoder({ onEncoded() { say("encoded"); encoder.close(); } });
    const bad = [{ palette: "grey" }, { low: 100 }, { quality: 0 }, { quality: 101 }, { scale: 3 }, { scale: undefined }];
    const vospi = open({ onReadable() {
      const frame = this.read();
      this.close();
      for (const change of bad) say(fails(() => encoder.start(frame, { ...usual, ...change }, "")));
      say(fails(() => encoder.start(frame, usual, "x".repeat(1025))));
      say(fails(() => encoder.start({}, usual, "")) !== "no error", fails(() => encoder.start(frame, usual)));
      const source = new JpegSource();
      say(fails(() => source.start({}, "", "")) !== "no error", source.read(new Uint8Array(1)));
      encoder.start(frame, usual, "x".repeat(1024));
    } });
    vospi.start();
    `,
    { env: board.env },
  );
  for (const line of [
    "RangeError: palette: no palette is named grey",
    "RangeError: high: expected 101 to 65535",
    "RangeError: quality: expected 1 to 100",
    "RangeError: quality: expected 1 to 100",
    "RangeError: scale: expected 1 to 2",
    "Error: scale is missing",
    "RangeError: comment: expected a string of 0 to 1024 bytes",
    "true RangeError: comment: expected a string of 0 to 1024 bytes",
    "true 0",
    "encoded",
  ])
    expect(await script.line()).toBe(line);
  expect(await script.ended).toBe(0);
});
