// SPDX-License-Identifier: Apache-2.0
import type { LedPattern } from "drivers/led/led";
import { SyncTimers } from "../fakes/sync-timers";
import { FakeLedPins } from "./fake-pins";

const BLINK: LedPattern = [
  { red: 1, green: 1, ms: 100 },
  { red: 0, green: 0, ms: 100 },
];
const STEADY: LedPattern = [{ red: 0, green: 1, ms: 1_000 }];
const ALTERNATE: LedPattern = [
  { red: 1, green: 0, ms: 250 },
  { red: 0, green: 1, ms: 250 },
];

function bench(): { timers: SyncTimers; pins: FakeLedPins } {
  const timers = new SyncTimers();
  return { timers, pins: new FakeLedPins(timers) };
}

test("an LED is dark until its first pattern", () => {
  const { pins, timers } = bench();
  pins.led();
  expect(pins.watch(1_000)).toEqual([["dark", 1_000]]);
  expect(timers.pending).toBe(0);
});

test("a steady light needs no timer", () => {
  const { pins, timers } = bench();
  pins.led().play(STEADY);
  expect(pins.colour).toBe("green");
  expect(timers.pending).toBe(0);
});

test("playing the same pattern again does not restart it", () => {
  const { pins, timers } = bench();
  const led = pins.led();
  led.play(BLINK);
  timers.advance(150);
  led.play(BLINK);
  expect(pins.watch(100)).toEqual([
    ["dark", 50],
    ["yellow", 50],
  ]);
});

test("red and green in turn are never both lit, not even between two writes", () => {
  const { pins, timers } = bench();
  pins.led().play(ALTERNATE);
  timers.advance(2_000);
  let red = 0;
  let green = 0;
  for (const { pin, value } of pins.writes) {
    if (pin === FakeLedPins.RED) red = value;
    else green = value;
    expect(red + green).toBeLessThan(2);
  }
  expect(pins.writes.length).toBeGreaterThan(16);
});

test("late timers do not slow the pattern", () => {
  const { pins, timers } = bench();
  pins.led().play(BLINK);
  for (let i = 0; i < 100; i++) {
    timers.advance(61);
    timers.stall(70);
  }
  // 13,100 ms are 131 steps: it is where it would be with punctual timers.
  expect(pins.colour).toBe("dark");
  expect(pins.writes.filter(({ pin }) => pin === FakeLedPins.RED).length).toBe(1 + 132);
});

test("after a long stall the pattern continues without catching up", () => {
  const { pins, timers } = bench();
  pins.led().play(BLINK);
  timers.advance(50);
  timers.stall(5_000);
  const shown = pins.watch(299);
  expect(shown).toEqual([
    ["dark", 100],
    ["yellow", 100],
    ["dark", 99],
  ]);
});

test("close makes the LED dark, closes the pins once, and stops the pattern", () => {
  const { pins, timers } = bench();
  const led = pins.led();
  led.play(BLINK);
  led.close();
  led.close();
  expect(pins.colour).toBe("dark");
  expect(pins.closed).toEqual([FakeLedPins.RED, FakeLedPins.GREEN]);
  expect(timers.pending).toBe(0);
});

test("if the second pin cannot be opened, the first is closed", () => {
  const { pins } = bench();
  pins.failing = FakeLedPins.GREEN;
  expect(() => pins.led()).toThrow("no such pin");
  expect(pins.closed).toEqual([FakeLedPins.RED]);
});
