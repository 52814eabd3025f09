// SPDX-License-Identifier: Apache-2.0
import { PacedClock, Pacer, type Speed } from "../../../simulator/board/pacer";
import { FakeTime } from "./fixture";

function make(speed: Speed = 1): { clock: PacedClock; time: FakeTime; pacer: Pacer } {
  const clock = new PacedClock();
  const time = new FakeTime();
  const pacer = new Pacer(clock, speed, time);
  pacer.start();
  return { clock, time, pacer };
}

test.each([1, 10, 0.5])("board time follows real time at speed %d", (speed) => {
  const { clock, time } = make(speed);
  time.pass(3000);
  expect(clock.now()).toBeGreaterThan((3000 - 101) * 1000 * speed);
  expect(clock.now()).toBeLessThanOrEqual(3000 * 1000 * speed);
});

test("an alarm rings at its own board time, though the timer comes later", () => {
  const { clock, time } = make(10);
  const rung: number[] = [];
  for (let i = 1; i <= 50; i++) clock.alarm(i * 950, () => rung.push(clock.now()));
  time.pass(100);
  expect(rung).toEqual(Array.from({ length: 50 }, (_, i) => (i + 1) * 950));
});

test("an alarm set by traffic between two timers rings in time", () => {
  const { clock, time } = make();
  time.pass(10);
  let rung = 0;
  clock.alarm(12_000, () => (rung = time.now()));
  time.pass(20);
  expect(rung).toBeGreaterThanOrEqual(12);
  expect(rung).toBeLessThanOrEqual(13);
});

test("a held clock stands still, and catches up afterwards", () => {
  const { clock, time, pacer } = make();
  clock.alarm(1000, () => pacer.hold());
  time.pass(100);
  expect(clock.now()).toBe(1000);
  pacer.release();
  expect(clock.now()).toBe(100_000);
});

test("two holds need two releases", () => {
  const { clock, time, pacer } = make();
  pacer.hold();
  pacer.hold();
  time.pass(50);
  pacer.release();
  expect(clock.now()).toBe(0);
  pacer.release();
  expect(clock.now()).toBe(50_000);
});

test("a hold ends after a second; the board does not wait for a firmware without an answer until it answers", () => {
  const { clock, time, pacer } = make();
  pacer.hold();
  time.pass(999);
  expect(clock.now()).toBe(0);
  time.pass(200);
  expect(clock.now()).toBeGreaterThan(0);
  expect(pacer.overdue).toBe(1);
  pacer.hold();
  expect(pacer.held).toBe(false);
  pacer.release();
  pacer.hold();
  expect(pacer.held).toBe(true);
});

test("at most 250 ms are caught up, the rest is dropped", () => {
  const { clock, time, pacer } = make(4);
  time.block(2000);
  pacer.sync();
  while (pacer.behind > 0) time.pass(0);
  expect(clock.now()).toBe(250 * 1000 * 4);
  expect(pacer.slipped).toBe(1750);
});

test("a transfer moves the held clock, and real time then has to catch up with it", () => {
  const { clock, time, pacer } = make();
  pacer.hold();
  pacer.consume(5000);
  pacer.release();
  expect(clock.now()).toBe(5000);
  time.pass(3);
  pacer.sync();
  expect(clock.now()).toBe(5000);
  time.pass(4);
  pacer.sync();
  expect(clock.now()).toBe(7000);
});

test("speed changes without a jump", () => {
  const { clock, time, pacer } = make(1);
  time.pass(100);
  pacer.speed = 20;
  expect(clock.now()).toBe(100_000);
  time.pass(10);
  pacer.sync();
  expect(clock.now()).toBe(300_000);
});

test("stopped, it does not move", () => {
  const { clock, time, pacer } = make();
  time.pass(10);
  pacer.stop();
  const now = clock.now();
  time.pass(1000);
  pacer.sync();
  expect(clock.now()).toBe(now);
});

test("a step whose last event uses up the turn ends in the next turn", async () => {
  const { clock, time, pacer } = make("stepped");
  clock.alarm(10_000, () => time.block(6));
  clock.alarm(90_000, () => undefined);
  let over = false;
  const step = pacer.advance(20).then(() => (over = true));
  await Promise.resolve();
  expect(over).toBe(false);
  time.pass(1);
  await step;
  expect(clock.now()).toBe(20_000);
});

test("a wait whose last event uses up the turn ends in the next turn", async () => {
  const { clock, time, pacer } = make("stepped");
  clock.alarm(10_000, () => time.block(6));
  const wait = pacer.until(() => false, 20);
  time.pass(1);
  expect(await wait).toBe(false);
  expect(clock.now()).toBe(20_000);
});

test.each<[Speed, number[]]>([
  ["max", [5_000, 10_000]],
  ["stepped", [5_000, 10_000]],
  ["max", []],
])("at speed %s a wait for a time ends at that time, with events at %j", async (speed, events) => {
  const { clock, time, pacer } = make(speed);
  for (const at of events) clock.alarm(at, () => undefined);
  let last: number | undefined;
  const look = (): boolean => {
    last = clock.now();
    return false;
  };
  const wait = pacer.until(look, 7);
  time.pass(0);
  expect(await wait).toBe(false);
  expect(last).toBe(7_000);
});
