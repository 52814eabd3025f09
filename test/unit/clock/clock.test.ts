// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { isoText } from "modules/clock/calendar";
import { Clock } from "modules/clock/clock";
import type { TimeFields } from "modules/protocol/services";
import { VirtualTimers } from "../fakes/virtual-timers";

const README: TimeFields = { sec: 14, min: 10, hour: 21, dow: 2, day: 18, mon: 5, year: 50 };

/** The days of a month in Node's calendar. */
function daysInMonth(mon: number, year: number): number {
  return new Date(Date.UTC(1970 + year, mon, 0)).getUTCDate();
}

/** The expected answer from Node's calendar. */
function expectedAt(time: TimeFields, ms = 0): { Time: string; Date: string } {
  const date = new Date(Date.UTC(1970 + time.year, time.mon - 1, time.day, time.hour, time.min, time.sec) + ms);
  const year = String(date.getUTCFullYear() % 100).padStart(2, "0");
  return { Time: date.toISOString().slice(11, 23), Date: `${date.getUTCMonth() + 1}/${date.getUTCDate()}/${year}` };
}

test("before set_time the clock counts from 1/1/70 at its construction", async () => {
  const timers = new VirtualTimers(12_345);
  const clock = new Clock(timers);
  expect(clock.format()).toEqual({ Time: "00:00:00.000", Date: "1/1/70" });
  await timers.advance(3_723_004);
  expect(clock.format()).toEqual({ Time: "01:02:03.004", Date: "1/1/70" });
});

test("set_time sets date and time and begins a new second", async () => {
  const timers = new VirtualTimers(777.25);
  const clock = new Clock(timers);
  clock.set(README);
  expect(clock.format()).toEqual({ Time: "21:10:14.000", Date: "5/18/20" });
  await timers.advance(999);
  expect(clock.format().Time).toBe("21:10:14.999");
});

test("D22: hours and milliseconds are padded, month and day are not, and the year has two digits", async () => {
  const timers = new VirtualTimers();
  const clock = new Clock(timers);
  clock.set({ sec: 3, min: 4, hour: 5, dow: 1, day: 1, mon: 2, year: 35 });
  await timers.advance(7);
  expect(clock.format()).toEqual({ Time: "05:04:03.007", Date: "2/1/05" });
});

test("the time of a frame is formatted, not the time of the call", async () => {
  const timers = new VirtualTimers(1000);
  const clock = new Clock(timers);
  clock.set(README);
  await timers.advance(86_400_000);
  expect(clock.format(1250)).toEqual({ Time: "21:10:14.250", Date: "5/18/20" });
});

test("the wall clock counts whole milliseconds from 1970 to any time, and from its start before set_time", () => {
  const clock = new Clock(new VirtualTimers(1000.5));
  expect([clock.wall(), clock.wall(1500.75), clock.wall(0)]).toEqual([0, 500, 0]);
  clock.set(README);
  expect(clock.wall(1250.5)).toBe(Date.UTC(2020, 4, 18, 21, 10, 14, 250));
});

test("a time before set_time is in the new time scale; one before 1970 is formatted as its start", async () => {
  const timers = new VirtualTimers(5000);
  const clock = new Clock(timers);
  expect(clock.format(0)).toEqual({ Time: "00:00:00.000", Date: "1/1/70" });
  clock.set(README);
  expect(clock.format(4000).Time).toBe("21:10:13.000");
});

test.each([
  ["the last second of a leap February", { sec: 59, min: 59, hour: 23, dow: 1, day: 29, mon: 2, year: 50 }, "3/1/20"],
  [
    "the last second of 2100's February, no leap year",
    { sec: 59, min: 59, hour: 23, dow: 1, day: 28, mon: 2, year: 130 },
    "3/1/00",
  ],
  [
    "the last second of 2000's February, a leap year",
    { sec: 59, min: 59, hour: 23, dow: 1, day: 29, mon: 2, year: 30 },
    "3/1/00",
  ],
  ["the last second of a year", { sec: 59, min: 59, hour: 23, dow: 1, day: 31, mon: 12, year: 255 }, "1/1/26"],
])("%s rolls over", async (_name, time, date) => {
  const timers = new VirtualTimers();
  const clock = new Clock(timers);
  clock.set(time);
  await timers.advance(1000);
  expect(clock.format()).toEqual({ Time: "00:00:00.000", Date: date });
});

test("every day of every year 1970 to 2225 agrees with the calendar", () => {
  const clock = new Clock(new VirtualTimers());
  for (let year = 0; year <= 255; year++) {
    for (let mon = 1; mon <= 12; mon++) {
      for (const day of [1, 15, daysInMonth(mon, year)]) {
        const time = { sec: 1, min: 2, hour: 3, dow: 1, day, mon, year };
        clock.set(time);
        expect(clock.format()).toEqual(expectedAt(time));
      }
    }
  }
});

test("each day of the 400 years after which the calendar repeats agrees with Node's", () => {
  const DAY = 86_400_000;
  const wrong = Array.from({ length: 146_097 }, (_, day) => day * DAY + ((day * 7_919) % DAY)).filter(
    (wall) => `${isoText(wall)}Z` !== new Date(wall).toISOString(),
  );
  expect(wrong).toEqual([]);
});

test("any time after any set_time agrees with the calendar", () => {
  const valid = fc
    .record({
      sec: fc.integer({ min: 0, max: 59 }),
      min: fc.integer({ min: 0, max: 59 }),
      hour: fc.integer({ min: 0, max: 23 }),
      dow: fc.integer({ min: 1, max: 7 }),
      day: fc.integer({ min: 1, max: 31 }),
      mon: fc.integer({ min: 1, max: 12 }),
      year: fc.integer({ min: 0, max: 255 }),
    })
    .filter(({ day, mon, year }) => day <= daysInMonth(mon, year));
  fc.assert(
    fc.property(valid, fc.integer({ min: 0, max: 2 ** 33 }), (time, ms) => {
      const clock = new Clock(new VirtualTimers());
      clock.set(time);
      expect(clock.format(ms)).toEqual(expectedAt(time, ms));
      expect(`${isoText(clock.wall(ms))}Z`).toBe(new Date(clock.wall(ms)).toISOString());
    }),
  );
});
