// SPDX-License-Identifier: Apache-2.0
/** Pauses of the video and writes of flash beside them. */
import { FlashTurns } from "modules/camera/flash-turns";
import { CameraBench } from "../fakes/camera-bench";
import { VirtualTimers } from "../fakes/virtual-timers";

type Work = Parameters<FlashTurns["take"]>[0];

/** Pauses and writes of 100 ms, all of which want their turn now. Returns the times of their turns in ms. */
async function turnsOf(works: readonly Work[]): Promise<number[]> {
  const timers = new VirtualTimers();
  const turns = new FlashTurns(timers);
  const times: number[] = [];
  for (const work of works)
    void turns.take(work).then((end) => {
      times.push(timers.now());
      timers.set(end, 100);
    });
  await timers.advance(10_000);
  return times;
}

test.each<[Work[], number[]]>([
  [
    ["write", "write", "write"],
    [0, 100, 200],
  ],
  [
    ["pause", "pause"],
    [0, 100],
  ],
  [
    ["pause", "write", "write", "pause"],
    [0, 600, 700, 1300],
  ],
  [
    ["write", "pause", "write"],
    [0, 600, 1200],
  ],
])("%j: half a second between a pause and a write, first come, first served", async (works, times) => {
  expect(await turnsOf(works)).toEqual(times);
});

test("a turn later than half a second does not wait", async () => {
  const timers = new VirtualTimers();
  const turns = new FlashTurns(timers);
  (await turns.take("pause"))();
  await timers.advance(500);
  const before = timers.now();
  (await timers.settle(turns.take("write")))();
  expect(timers.now()).toBe(before);
});

/** A camera that paused its video at the time `paused` in ms, for 300 ms. */
async function paused(): Promise<{ bench: CameraBench; paused: number }> {
  const bench = await new CameraBench().start();
  await bench.timers.settle(bench.camera.pauseVideo());
  const at = bench.timers.now();
  bench.timers.set(() => bench.camera.resumeVideo(), 300);
  return { bench, paused: at };
}

test("set_config is stored half a second after a pause, and then answered", async () => {
  const { bench, paused: at } = await paused();
  const done = bench.camera.setConfig({ emissivity: 90 });
  await bench.timers.advance(799);
  expect(bench.store.writes).toBe(0);
  await bench.timers.settle(done);
  expect(bench.store.writes).toBe(1);
  expect(bench.timers.now() - at).toBeGreaterThanOrEqual(800);
});

test("a pause begins half a second after set_config", async () => {
  const bench = await new CameraBench().start();
  await bench.timers.settle(bench.camera.setConfig({ emissivity: 90 }));
  const stored = bench.timers.now();
  await bench.timers.settle(bench.camera.pauseVideo());
  expect(bench.timers.now() - stored).toBe(500);
});

test("a set_config that fails lets the next pause begin", async () => {
  const bench = await new CameraBench().start();
  bench.store.full = true;
  await expect(bench.timers.settle(bench.camera.setConfig({ emissivity: 90 }))).rejects.toThrow();
  await bench.timers.settle(bench.camera.pauseVideo(), 1000);
  expect(bench.capture.pauses).toBe(1);
});

test("a pause that was ended before its turn does not stop the video", async () => {
  const { bench } = await paused();
  const config = bench.camera.setConfig({ emissivity: 90 });
  await bench.timers.advance(400);
  const first = bench.camera.pauseVideo();
  bench.camera.resumeVideo();
  const pausesBefore = bench.capture.pauses;
  await bench.timers.settle(Promise.all([config, first]));
  expect(bench.capture.pauses).toBe(pausesBefore);
  // The next one does.
  await bench.timers.settle(bench.camera.pauseVideo());
  expect(bench.capture.pauses).toBe(pausesBefore + 1);
});

test("a pause asked for while there is one is refused", async () => {
  const { bench } = await paused();
  await expect(bench.camera.pauseVideo()).rejects.toThrow("paused already");
  await bench.timers.advance(1_000);
  expect(bench.capture.pauses).toBe(0);
});

test("a write after a pause that was ended before its turn does not wait for it", async () => {
  const timers = new VirtualTimers();
  const turns = new FlashTurns(timers);
  (await turns.take("write"))();
  const pause = turns.take("pause");
  const write = turns.take("write");
  (await timers.settle(pause))(false);
  (await timers.settle(write))();
  expect(timers.now()).toBe(500);
});

test("a sensor that a client reboots while set_config waits for its turn has the new setting in the end", async () => {
  const { bench } = await paused();
  const done = bench.camera.setConfig({ emissivity: 50 });
  await bench.timers.advance(100);
  await bench.timers.settle(bench.camera.writeCCI(0x4842, new Uint8Array(0)));
  await bench.timers.settle(done);
  await bench.timers.advance(5_000);
  expect(bench.part.attribute(0x4ebc)[0]).toBe(4096);
  expect(bench.camera.config.emissivity).toBe(50);
});
