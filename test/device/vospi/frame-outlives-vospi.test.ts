// SPDX-License-Identifier: Apache-2.0
import { run } from "../platform/run";
import { boardWith, FakeSensor, OPEN } from "./vospi-board";

test("a frame stays readable after its VoSPI is closed, until it is closed itself; both can be closed twice", async () => {
  const board = await boardWith(new FakeSensor(3));
  const script = run(
    `${OPEN}
    const vospi = open({ onReadable() {
      const frame = vospi.read();
      vospi.close();
      vospi.close();
      say(frame.telemetry(20) === frame.sequence, frame.telemetry(80));
      frame.close();
      frame.close();
      say(fails(() => frame.telemetry(20)));
      say(fails(() => frame.captured));
      say(fails(() => vospi.read()));
      say(fails(() => vospi.start()));
    } });
    vospi.start();
    `,
    { env: board.env },
  );
  for (const line of [
    "true 80",
    "TypeError: frame is closed",
    "TypeError: frame is closed",
    "TypeError: VoSPI is closed",
  ])
    expect(await script.line()).toBe(line);
  expect(await script.line()).toBe("TypeError: VoSPI is closed");
  expect(await script.ended).toBe(0);
});

test("a copy of a frame takes no slot, and stays readable when the frame and its VoSPI are closed", async () => {
  const board = await boardWith(new FakeSensor(30));
  const script = run(
    `${OPEN}
    const copies = [];
    const vospi = open({ slots: 2, onReadable() {
      const frame = this.read();
      copies.push(frame.copy());
      frame.close();
      say(fails(() => frame.copy()));
      if (copies.length < 4) return;
      this.close();
      const pixels = new Uint16Array(160 * 120);
      for (const copy of copies) {
        copy.copyPixels(pixels.buffer);
        say(copy.sequence, copy.telemetry(20) === pixels[19199], copy.captured > 0);
        copy.close();
        copy.close();
      }
      say(fails(() => copies[0].sequence));
    } });
    vospi.start();
    `,
    { env: board.env },
  );
  for (let i = 0; i < 4; i++) expect(await script.line()).toBe("TypeError: frame is closed");
  for (let sequence = 1; sequence <= 4; sequence++) expect(await script.line()).toBe(`${sequence} true true`);
  expect(await script.line()).toBe("TypeError: frame is closed");
  expect(await script.ended).toBe(0);
});
