// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { Button, type Press } from "drivers/button/button";
import { SyncTimers } from "../fakes/sync-timers";
import { FakeButtonPin } from "./fake-pins";

interface Bench {
  timers: SyncTimers;
  pin: FakeButtonPin;
  button: Button;
  /** Reported presses, with their times. */
  presses: [Press, number][];
}

function bench(level: 0 | 1 = 1, pullUp = true): Bench {
  const timers = new SyncTimers();
  const pin = new FakeButtonPin();
  pin.level = level;
  const presses: [Press, number][] = [];
  const button = new Button({
    io: pin.io,
    pin: 0,
    pullUp,
    timers,
    onPress: (press) => presses.push([press, timers.now()]),
  });
  return { timers, pin, button, presses };
}

test("no timer runs and no sample is read while the button is at rest", () => {
  const { timers, pin } = bench();
  const reads = pin.reads;
  timers.advance(3_600_000);
  expect(pin.reads).toBe(reads);
  expect(timers.pending).toBe(0);
});

test("the pull-up is used where the board has no resistor", () => {
  expect(bench(1, true).pin.mode).toBe(1);
  expect(bench(1, false).pin.mode).toBe(0);
});

test("a short press is reported on release, once, and no timer runs afterwards", () => {
  const { timers, pin, presses } = bench();
  pin.press();
  timers.advance(300);
  expect(presses).toEqual([]);
  pin.release();
  timers.advance(100);
  expect(presses).toEqual([["short", 400]]);
  timers.advance(10_000);
  expect(presses).toHaveLength(1);
  expect(timers.pending).toBe(0);
});

test("a long press is reported once, 5 s after the first sample that was down, while it is held", () => {
  const { timers, pin, presses } = bench();
  timers.advance(1_000);
  pin.press();
  timers.advance(4_999);
  expect(presses).toEqual([]);
  timers.advance(1);
  expect(presses).toEqual([["long", 6_000]]);
  timers.advance(60_000);
  pin.release();
  timers.advance(1_000);
  expect(presses).toHaveLength(1);
  expect(timers.pending).toBe(0);
});

test("a press that ends before two samples agree is ignored", () => {
  const { timers, pin, presses } = bench();
  pin.press();
  timers.advance(20);
  pin.release();
  timers.advance(1_000);
  expect(presses).toEqual([]);
  expect(timers.pending).toBe(0);
});

test("two samples at the same time after a stall count as one", () => {
  const { timers, pin, presses } = bench();
  pin.edge();
  pin.level = 0;
  timers.stall(120);
  timers.stall(0);
  pin.level = 1;
  timers.advance(1_000);
  expect(presses).toEqual([]);
  expect(timers.pending).toBe(0);
});

test("bouncing contacts make one press", () => {
  const { timers, pin, presses } = bench();
  const bounce = (end: 0 | 1): void => {
    for (let i = 0; i < 10; i++) {
      pin.set((i & 1) as 0 | 1);
      timers.advance(3);
    }
    pin.set(end);
  };
  bounce(0);
  timers.advance(500);
  bounce(1);
  timers.advance(500);
  expect(presses.map(([press]) => press)).toEqual(["short"]);
});

test("a glitch of one sample neither ends nor restarts a hold", () => {
  const { timers, pin, presses } = bench();
  pin.press();
  timers.advance(2_490);
  pin.release();
  timers.advance(20);
  pin.press();
  timers.advance(2_490);
  expect(presses).toEqual([["long", 5_000]]);
});

test("a button held at the start counts from the start", () => {
  const { timers, presses } = bench(0);
  timers.advance(5_000);
  expect(presses).toEqual([["long", 5_000]]);
});

test("a release without an edge is seen", () => {
  const { timers, pin, presses } = bench();
  pin.press();
  timers.advance(1_000);
  pin.level = 1;
  timers.advance(100);
  expect(presses.map(([press]) => press)).toEqual(["short"]);
  expect(timers.pending).toBe(0);
});

test.each(["before", "after"])(
  "two presses while the event loop was busy do not make a long one, edge reported %s the timers run",
  (order) => {
    const { timers, pin, presses } = bench();
    pin.press();
    timers.advance(500);
    // Up and down again, unseen.
    if (order === "before") timers.set(() => pin.edge(), 1);
    timers.stall(4_800);
    if (order === "after") pin.edge();
    timers.advance(1_000);
    expect(presses).toEqual([]);
    timers.advance(4_000);
    expect(presses.map(([press]) => press)).toEqual(["long"]);
  },
);

test("an event loop that is always late loses no press", () => {
  const { timers, pin, presses } = bench();
  const late = (ms: number): void => {
    for (let passed = 0; passed < ms; passed += 200) timers.stall(200);
  };
  pin.press();
  late(1_000);
  pin.release();
  late(1_000);
  pin.press();
  late(6_000);
  pin.release();
  late(1_000);
  expect(presses.map(([press]) => press)).toEqual(["short", "long"]);
  expect(timers.pending).toBe(0);
});

test("a hold during a busy event loop without an edge is a long press", () => {
  const { timers, presses, pin } = bench();
  pin.press();
  timers.advance(500);
  timers.stall(5_000);
  timers.advance(100);
  expect(presses.map(([press]) => press)).toEqual(["long"]);
});

test("a closed button reports nothing", () => {
  const { timers, pin, presses, button } = bench();
  pin.press();
  timers.advance(200);
  button.close();
  button.close();
  pin.release();
  timers.advance(10_000);
  expect(presses).toEqual([]);
  expect(pin.closed).toBe(1);
  expect(timers.pending).toBe(0);
});

test("presses of any length with timers of any jitter: each is reported once, and correctly", () => {
  const press = fc.record({
    held: fc.oneof(fc.integer({ min: 800, max: 4_500 }), fc.integer({ min: 5_500, max: 9_000 })),
    pause: fc.integer({ min: 800, max: 2_000 }),
  });
  fc.assert(
    fc.property(
      fc.array(press, { maxLength: 6 }),
      fc.array(fc.integer({ min: 1, max: 120 }), { minLength: 1 }),
      (plan, jitter) => {
        const { timers, pin, presses } = bench();
        let step = 0;
        const pass = (ms: number): void => {
          for (let left = ms; left > 0;) {
            const late = Math.min(left, jitter[step++ % jitter.length] ?? 1);
            timers.stall(late);
            left -= late;
          }
        };
        for (const { held, pause } of plan) {
          pin.press();
          pass(held);
          pin.release();
          pass(pause);
        }
        expect(presses.map(([press]) => press)).toEqual(plan.map(({ held }) => (held > 5_000 ? "long" : "short")));
        expect(timers.pending).toBe(0);
      },
    ),
    { numRuns: 300 },
  );
});

test("each change of the debounced state is reported, before the press that it ends", () => {
  const timers = new SyncTimers();
  const pin = new FakeButtonPin();
  const events: [boolean | Press, number][] = [];
  const report = (event: boolean | Press): void => void events.push([event, timers.now()]);
  new Button({ io: pin.io, pin: 0, pullUp: true, timers, onChange: report, onPress: report });
  pin.press();
  timers.advance(300);
  pin.release();
  timers.advance(1_000);
  expect(events).toEqual([
    [true, 50],
    [false, 400],
    ["short", 400],
  ]);
});
