// SPDX-License-Identifier: Apache-2.0
import { run } from "../platform/run";
import { boardWith, FakeSensor, OPEN } from "./vospi-board";

test("the garbage collector frees slots of frames that were not closed; capture continues without them", async () => {
  const sensor = new FakeSensor(12);
  const board = await boardWith(sensor);
  const script = run(
    `${OPEN}
    import Timer from "timer";
    let held = [];
    const vospi = open({ slots: 3, onReadable() {
      const frame = this.read();
      if (!frame) return;
      say("frame", frame.telemetry(20));
      held.push(frame);
      if (held.length === 3) Timer.repeat((timer) => {
        if (vospi.statistics.overruns < 9) return; // the frames that found no free slot
        Timer.clear(timer);
        say("all held", this.read());
        held = [];
        for (let i = 0; i < 3000; i++) new ArrayBuffer(100000); // until memory is collected
        say("collected");
      }, 20);
    } });
    vospi.start();
    `,
    { env: board.env },
  );
  for (let i = 0; i < 3; i++) expect(await script.line()).toMatch(/^frame \d+$/);
  expect(await script.line()).toBe("all held ");
  expect(await script.line()).toBe("collected");
  sensor.frames = 16;
  sensor.resume();
  expect(await script.line()).toMatch(/^frame 1[3-6]$/);
  await script.stop();
});
