// SPDX-License-Identifier: Apache-2.0
import type { FrameSink } from "modules/camera/frame";
import { CameraBench } from "../fakes/camera-bench";

test("each subscriber is offered each frame once, until it unsubscribes", async () => {
  const bench = await new CameraBench().start();
  const seen: string[] = [];
  const sink = (name: string): FrameSink => ({ offer: ({ sequence }) => seen.push(`${name}${sequence}`) });
  const [a, b] = [sink("a"), sink("b")];
  bench.camera.subscribe(a);
  bench.camera.subscribe(b);
  bench.camera.subscribe(b);
  await bench.frame();
  bench.camera.unsubscribe(a);
  bench.camera.unsubscribe(a);
  await bench.frame();
  expect(seen).toEqual(["a1", "b1", "b2"]);
});

test("the newest frame stays open until the next one comes", async () => {
  const bench = await new CameraBench().start();
  expect(bench.camera.latest()).toBeUndefined();
  const first = await bench.frame();
  expect(bench.camera.latest()).toBe(first);
  const second = await bench.frame();
  expect(bench.camera.latest()).toBe(second);
  expect(first.closed).toBe(1);
  expect(second.closed).toBe(0);
});

test("a subscriber that throws does not keep the frame from the others, and its error is logged", async () => {
  const bench = await new CameraBench().start();
  const offer = jest.fn();
  bench.camera.subscribe({
    offer() {
      throw new Error("boom");
    },
  });
  bench.camera.subscribe({ offer });
  await bench.frame();
  expect(offer).toHaveBeenCalledTimes(1);
  expect(bench.lines.join("\n")).toContain("a reader failed on frame 1: Error: boom");
});

test("a subscriber may unsubscribe, and subscribe others, while it is offered a frame", async () => {
  const bench = await new CameraBench().start();
  const late = { offer: jest.fn() };
  const once = {
    offer: jest.fn(() => {
      bench.camera.unsubscribe(once);
      bench.camera.subscribe(late);
    }),
  };
  bench.camera.subscribe(once);
  await bench.frame();
  await bench.frame();
  expect(once.offer).toHaveBeenCalledTimes(1);
  expect(late.offer.mock.calls.length).toBeGreaterThanOrEqual(1);
});

test("after a thousand frames one is open and no timer runs", async () => {
  const bench = await new CameraBench().start();
  const pending = bench.timers.pending;
  for (let i = 0; i < 1000; i++) await bench.frame();
  expect(bench.held).toHaveLength(1);
  expect(bench.timers.pending).toBe(pending);
});

test("the newest frame is closed when the sensor is reset", async () => {
  const bench = await new CameraBench().start();
  const last = await bench.frame();
  bench.vospi?.stall("no-sync");
  await bench.timers.advance(0);
  expect(bench.camera.latest()).toBeUndefined();
  expect(last.closed).toBe(1);
});

test("an outage is reported after 5 s without a frame", async () => {
  const bench = await new CameraBench().start();
  await bench.frame();
  await bench.timers.advance(4999);
  expect(bench.camera.outage()).toBeUndefined();
  await bench.timers.advance(1);
  expect(bench.camera.outage()).toBe("no image from the Lepton for 5 s");
  await bench.frame();
  expect(bench.camera.outage()).toBeUndefined();
});

test("an FFC that telemetry announced is not an outage for up to 10 s", async () => {
  const bench = await new CameraBench().start();
  await bench.frame({ ffc: 1 });
  await bench.timers.advance(9999);
  expect(bench.camera.outage()).toBeUndefined();
  await bench.timers.advance(1);
  expect(bench.camera.outage()).toBe("no image from the Lepton for 10 s");
});

test("an FFC that a client requested is not an outage", async () => {
  const bench = await new CameraBench().start();
  await bench.frame();
  await bench.timers.advance(4900);
  const ffc = bench.camera.runFFC();
  await bench.timers.advance(500);
  expect(bench.camera.outage()).toBeUndefined();
  await bench.timers.settle(ffc);
  expect(bench.camera.outage()).toBe("no image from the Lepton for 5 s");
});
