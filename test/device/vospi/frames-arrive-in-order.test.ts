// SPDX-License-Identifier: Apache-2.0
import { run } from "../platform/run";
import { boardWith, FakeSensor, OPEN } from "./vospi-board";

test("frames arrive once, in order, with their telemetry; capture starts and ends as docs/board-link.md defines", async () => {
  const sensor = new FakeSensor(1);
  const board = await boardWith(sensor);
  const script = run(
    `${OPEN}
    const vospi = open({ onReadable() {
      const frame = this.read();
      say(frame instanceof Frame, frame.telemetry(20), frame.telemetry(239), this.read());
      say(frame.captured >= 0, frame.sequence);
      const last = frame.telemetry(20) === 4;
      frame.close();
      if (!last) return;
      const { frames, segments, crcErrors, resyncs, rejectedFrames } = this.statistics;
      say(frames, segments, crcErrors, resyncs, rejectedFrames);
      this.stop();
      this.close();
    } });
    vospi.start();
    vospi.start();
    `,
    { env: board.env },
  );
  for (let frame = 1; frame <= 4; frame++) {
    expect(await script.line()).toBe(`true ${frame} 239 `);
    expect(await script.line()).toBe(`true ${frame}`);
    sensor.frames++;
    sensor.resume();
  }
  expect(await script.line()).toBe("4 16 0 0 0");
  expect(await script.ended).toBe(0);
  expect(board.openings).toEqual([{ open: "spi", clock: 5, in: 19, select: 12, vsync: 13, hz: 16000000, mode: 3 }]);
  expect(sensor.log.slice(0, 3)).toEqual(["A", "I", "E"]);
});
