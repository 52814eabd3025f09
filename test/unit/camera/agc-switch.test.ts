// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { Settling } from "modules/camera/settling";
import { CameraBench, FRAME_PERIOD } from "../fakes/camera-bench";
import { FakeFrame } from "../fakes/fake-frame";

/** Captures `count` frames; returns for each whether it was passed on. */
async function passed(bench: CameraBench, count: number): Promise<boolean[]> {
  const result: boolean[] = [];
  for (let i = 0; i < count; i++) {
    const frame = await bench.frame();
    result.push(bench.camera.latest() === frame);
  }
  return result;
}

test("no frame is passed on during an AGC switch and for two frames after it; then all are", async () => {
  const bench = await new CameraBench().start();
  bench.part.latency = 60;
  await bench.frame();
  const done = bench.camera.setConfig({ agc_enabled: 1 });
  const during: boolean[] = [];
  let switching = true;
  void done.finally(() => (switching = false));
  while (switching) during.push(...(await passed(bench, 1)));
  expect(during.length).toBeGreaterThan(1);
  expect(during).not.toContain(true);
  expect(await passed(bench, 5)).toEqual([false, true, true, true, true]);
  expect(bench.held).toHaveLength(1);
});

test("a frame whose telemetry shows the mode from before the switch is not passed on", async () => {
  const bench = await new CameraBench().start();
  await bench.timers.settle(bench.camera.setConfig({ agc_enabled: 1 }));
  await bench.timers.advance(300);
  for (const facts of [
    { agc: false, tlinear: true },
    { agc: false, tlinear: false },
    { agc: true, tlinear: true },
  ]) {
    const frame = await bench.frame(facts);
    expect(frame.closed).toBe(1);
  }
  const frame = await bench.frame({ agc: true, tlinear: false });
  expect(bench.camera.latest()).toBe(frame);
});

test.each([
  ["AGC", 0x0101],
  ["radiometry", 0x4e11],
  ["TLinear", 0x4ec1],
])("a mode a client set by CCI (%s) is passed on once it has settled", async (_mode, command) => {
  const bench = await new CameraBench().start();
  await bench.frame();
  await bench.timers.settle(bench.camera.writeCCI(command, new Uint8Array([1, 0, 0, 0])));
  expect(await passed(bench, 4)).toEqual([false, false, true, true]);
});

test("frames in another mode than the one set are passed on after a second", async () => {
  const bench = await new CameraBench().start();
  await bench.timers.settle(bench.camera.setConfig({ agc_enabled: 1 }));
  await bench.timers.advance(1000);
  const frame = await bench.frame({ agc: false, tlinear: true });
  expect(frame.closed).toBe(0);
});

test("a Lepton without TLinear is judged by its AGC bit alone", async () => {
  const bench = await new CameraBench("500-0726-01").start();
  await bench.timers.settle(bench.camera.setConfig({ agc_enabled: 1 }));
  await bench.timers.advance(300);
  expect((await bench.frame({ agc: true, tlinear: true })).closed).toBe(0);
});

test("after a failed switch frames are passed on in the sensor's mode", async () => {
  const bench = await new CameraBench().start();
  bench.part.refuse.set(0x0101, -1);
  await expect(bench.timers.settle(bench.camera.setConfig({ agc_enabled: 1 }))).rejects.toThrow();
  expect(bench.part.attribute(0x4ec0)).toEqual([1, 0]);
  expect(await passed(bench, 4)).toEqual([false, false, true, true]);
});

test("setting emissivity, gain and spotmeter drops no frame", async () => {
  const bench = await new CameraBench().start();
  await bench.frame();
  await bench.timers.settle(bench.camera.setConfig({ emissivity: 50, gain_mode: 1 }));
  await bench.timers.settle(bench.camera.setSpotmeter({ r1: 1, c1: 1, r2: 2, c2: 2 }));
  expect(await passed(bench, 2)).toEqual([true, true]);
});

test("for any switch at any time: no frame that was begun before the switch was over is accepted", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 5000 }),
      fc.integer({ min: 0, max: 500 }),
      fc.integer({ min: -1000, max: 5000 }),
      fc.boolean(),
      (begin, length, after, agc) => {
        const settling = new Settling();
        settling.begin();
        expect(settling.accepts(new FakeFrame({ captured: begin + length + after, agc }))).toBe(false);
        settling.end(begin + length, { agc, tlinear: !agc });
        const accepted = settling.accepts(new FakeFrame({ captured: begin + length + after, agc }));
        expect(accepted).toBe(after >= 230);
        if (accepted) expect(after).toBeGreaterThan(2 * FRAME_PERIOD);
      },
    ),
  );
});
