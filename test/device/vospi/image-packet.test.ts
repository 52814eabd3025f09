// SPDX-License-Identifier: Apache-2.0
import { run } from "../platform/run";
import { boardWith, FakeSensor, OPEN } from "./vospi-board";

test("an image message is complete in parts of any size, also when its frame is closed after the start", async () => {
  const board = await boardWith(new FakeSensor(30));
  const script = run(
    `${OPEN}
    import { ImageEncoder } from "modules/image/image";
    import { Base64 } from "modules/protocol/base64";
    const encoder = new ImageEncoder({ checksum: true });
    const metadata = '{"Camera":"t\\u00fc"}';
    let length = 0, packet = new Uint8Array(60000), at = 0, sum = 0, sequence = 0;
    const vospi = open({ onReadable() {
      const frame = this.read();
      if (!length) {
        length = encoder.start(frame, metadata);
        sequence = frame.telemetry(20);
      }
      frame.close();
      const piece = new Uint8Array(7001);
      const count = encoder.read(piece);
      packet.set(piece.subarray(0, count), at);
      for (let i = 0; i < count; i++) sum = (sum + piece[i]) >>> 0;
      at += count;
      if (count) return;
      this.close();
      say(at === length, packet[0], packet[at - 1], sum === encoder.checksum());
      const image = JSON.parse(String.fromArrayBuffer(packet.slice(1, at - 1).buffer));
      say(Object.keys(image).join(), image.metadata.Camera);
      const pixels = new Uint16Array(Base64.decode(image.radiometric).buffer);
      const telemetry = new Uint16Array(Base64.decode(image.telemetry).buffer);
      say(pixels.length, pixels.every((pixel) => pixel === sequence), telemetry.length, telemetry[20] === sequence, telemetry[239]);
    } });
    say(fails(() => encoder.start(new Frame(), metadata)) !== "no error", encoder.read(new Uint8Array(10)));
    say(fails(() => new ImageEncoder().checksum()));
    vospi.start();
    `,
    { env: board.env },
  );
  expect(await script.line()).toBe("true 0");
  expect(await script.line()).toMatch(/TypeError.*made with `checksum`/);
  expect(await script.line()).toBe("true 2 3 true");
  expect(await script.line()).toBe("metadata,radiometric,telemetry tü");
  expect(await script.line()).toBe("19200 true 240 true 239");
  expect(await script.ended).toBe(0);
});

test("a stopped encoder gives its frame's slot back", async () => {
  const board = await boardWith(new FakeSensor(30));
  const script = run(
    `${OPEN}
    import { ImageEncoder } from "modules/image/image";
    const encoders = [new ImageEncoder(), new ImageEncoder()];
    let started = 0;
    const vospi = open({ slots: 2, onReadable() {
      const frame = this.read();
      if (started === 2) {
        say(frame.telemetry(20) > 2, encoders[0].read(new Uint8Array(10)), encoders[1].read(new Uint8Array(10)));
        this.close();
        return;
      }
      encoders[started++].start(frame, "{}");
      frame.close();
      if (started === 2) {
        encoders[0].stop();
        encoders[0].stop();
      }
    } });
    vospi.start();
    `,
    { env: board.env },
  );
  expect(await script.line()).toBe("true 0 10");
  expect(await script.ended).toBe(0);
});

test("base64 decodes to the encoded bytes, and rejects invalid text", async () => {
  const script = run(`
    import { Base64 } from "modules/protocol/base64";
    const bytes = new Uint8Array(300).map((_, i) => i * 7);
    for (let length = 0; length <= 300; length += 50) {
      const back = Base64.decode(Base64.encode(bytes.subarray(0, length)));
      if (back.length !== length || back.some((byte, i) => byte !== bytes[i])) say("differs", length);
    }
    say(Base64.encode(Uint8Array.of(0, 255, 16)), Base64.encode(bytes.subarray(1, 2)), Base64.encode(new ArrayBuffer(1)));
    for (const text of ["Zg=", "Zg==\\n", "Z\\0==", "Zm9\\u00fc", "Zh=="]) {
      try { Base64.decode(text); say("accepted", text); } catch (error) { say(error instanceof SyntaxError); }
    }
  `);
  expect(await script.line()).toBe("AP8Q Bw== AA==");
  for (let i = 0; i < 5; i++) expect(await script.line()).toBe("true");
  expect(await script.ended).toBe(0);
});
