// SPDX-License-Identifier: Apache-2.0
import { run } from "../platform/run";
import { boardWith, FakeSensor, OPEN } from "./vospi-board";

test("copyPixels fills the target in the engine's byte order, and throws for a target that is too small or none", async () => {
  const sensor = new FakeSensor(0x0102);
  sensor.frame = 0x0102; // the bytes of each pixel differ
  const board = await boardWith(sensor);
  const script = run(
    `${OPEN}
    const vospi = open({ onReadable() {
      const frame = this.read();
      const memory = new Uint16Array(19202).fill(9);
      frame.copyPixels(new DataView(memory.buffer, 2, 38400));
      say(memory[0], memory.subarray(1, 19201).every((pixel) => pixel === 0x0102), memory[19201]);
      say(fails(() => frame.copyPixels(new ArrayBuffer(38399))));
      say(fails(() => frame.copyPixels()));
      frame.close();
      say(fails(() => frame.copyPixels(memory.buffer)));
      this.close();
    } });
    vospi.start();
    `,
    { env: board.env },
  );
  expect(await script.line()).toBe("9 true 9");
  expect(await script.line()).toBe("RangeError: target: expected at least 38400 bytes");
  expect(await script.line()).toBe("TypeError: this is no buffer");
  expect(await script.line()).toBe("TypeError: frame is closed");
  expect(await script.ended).toBe(0);
});
