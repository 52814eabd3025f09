// SPDX-License-Identifier: Apache-2.0

import { ManualClock } from "../../../simulator/lepton/clock";
import { Random } from "../../../simulator/lepton";
import { deviation, mean } from "./rig";

test("alarms ring in order of time, each at its own time, and ties in the order they were set", () => {
  const clock = new ManualClock();
  const rang: string[] = [];
  clock.alarm(30, () => rang.push(`c${clock.now()}`));
  clock.alarm(10, () => rang.push(`a${clock.now()}`));
  clock.alarm(20, () => rang.push(`b${clock.now()}`));
  clock.alarm(20, () => rang.push(`b2${clock.now()}`));
  expect(clock.next()).toBe(10);
  clock.advance(20);
  expect(rang).toEqual(["a10", "b20", "b220"]);
  expect(clock.next()).toBe(30);
  clock.advanceTo(100);
  expect(rang).toEqual(["a10", "b20", "b220", "c30"]);
  expect(clock.next()).toBeUndefined();
});

test("an alarm set by an alarm rings in the same advance if it is due in it", () => {
  const clock = new ManualClock();
  const rang: number[] = [];
  clock.alarm(5, () => clock.alarm(7, () => rang.push(clock.now())));
  clock.advance(10);
  expect(rang).toEqual([7]);
  expect(clock.now()).toBe(10);
});

test("a cancelled alarm does not ring, and time does not go back", () => {
  const clock = new ManualClock(100);
  const rang: number[] = [];
  clock.cancel(clock.alarm(110, () => rang.push(1)));
  clock.advance(50);
  expect(rang).toEqual([]);
  expect(() => clock.advanceTo(149)).toThrow(RangeError);
});

test("the random generator repeats for a seed and differs between seeds", () => {
  const draw = (seed: number): number[] => {
    const random = new Random(seed);
    return Array.from({ length: 20 }, () => random.uint32());
  };
  expect(draw(7)).toEqual(draw(7));
  expect(draw(7)).not.toEqual(draw(8));
});

test("gaussian values have mean 0 and standard deviation 1", () => {
  const random = new Random(3);
  const values = Array.from({ length: 20000 }, () => random.gaussian());
  expect(Math.abs(mean(values))).toBeLessThan(0.03);
  expect(Math.abs(deviation(values) - 1)).toBeLessThan(0.03);
});
