// SPDX-License-Identifier: Apache-2.0
import { run } from "../platform/run";
import { boardWith, FakeSensor, OPEN } from "./vospi-board";

/** 1,000 more than the frame's number; the lowest pixels lie before the highest ones. */
const pixel = (frame: number, index: number): number => {
  if (index === 160 * 7 + 3 + frame || index === 160 * 9) return 5 + frame;
  if (index === 160 * 100 + 159 || index === 160 * 110) return 60_000 + frame;
  return 1_000 + frame;
};

const expected = (frame: number): string =>
  JSON.stringify({
    min: { value: 5 + frame, row: 7, column: 3 + frame },
    max: { value: 60_000 + frame, row: 100, column: 159 },
    // Two pixels of each kind among 19,200.
    mean: Math.round((2 * (5 + frame) + 2 * (60_000 + frame) + 19_196 * (1_000 + frame)) / 19_200),
    percentile1: 1_000 + frame,
    percentile99: 1_000 + frame,
  });

test("statistics are those of the frame that was asked about, of older frames too, and not of another VoSPI's", async () => {
  const board = await boardWith(new FakeSensor(30, pixel));
  const script = run(
    `${OPEN}
    import { FrameStatistics } from "modules/image/statistics";
    const frames = [];
    const show = (frame) => say(frame.telemetry(20) + JSON.stringify(FrameStatistics.of(frame)));
    let vospi;
    const again = () => vospi = open({ onReadable() {
      const frame = this.read();
      frames.push(frame);
      show(frame);
      if (frames.length % 2) return;
      show(frames[frames.length - 2]);
      this.close();
      if (frames.length === 4) {
        frames.forEach(show);
        frames[0].close();
        say(fails(() => FrameStatistics.of(frames[0])));
        say([undefined, {}, vospi].map((other) => fails(() => FrameStatistics.of(other)) !== "no error"));
        return;
      }
      again().start();
    } });
    again().start();
    `,
    { env: board.env },
  );
  const first = [];
  for (let i = 0; i < 10; i++) {
    const [, frame, statistics] = /^(\d+)(.*)$/.exec(await script.line()) ?? [];
    expect(statistics).toBe(expected(Number(frame)));
    first.push(Number(frame));
  }
  const [a, b, , c, d] = first as [number, number, number, number, number];
  expect(first).toEqual([a, b, a, c, d, c, a, b, c, d]);
  expect(new Set([a, b, c, d]).size).toBe(4);
  expect(await script.line()).toBe("TypeError: frame is closed");
  expect(await script.line()).toBe("true,true,true");
  expect(await script.ended).toBe(0);
});
