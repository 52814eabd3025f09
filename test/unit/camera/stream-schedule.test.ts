// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { StreamSchedule } from "modules/camera/stream";

const FRAME = 114;

/** Offers a frame every 114 ms for `ms` and delivers at once what is due; returns the times of delivery. */
function run(schedule: StreamSchedule, ms: number, from = 0): number[] {
  const times: number[] = [];
  for (let now = from; now <= from + ms; now += FRAME) {
    const frame = { sequence: now / FRAME + 1 };
    if (!schedule.due(now, frame)) continue;
    times.push(now);
    schedule.delivered(schedule.take(now, frame));
  }
  return times;
}

function started(delay: number, frames: number, now = 0): StreamSchedule {
  const schedule = new StreamSchedule();
  schedule.start(delay, frames, now);
  return schedule;
}

test("nothing is due before stream_on and after stream_off", () => {
  const schedule = new StreamSchedule();
  expect(run(schedule, 1000)).toEqual([]);
  schedule.start(0, 0, 0);
  schedule.stop();
  expect(schedule.active).toBe(false);
  expect(run(schedule, 1000)).toEqual([]);
});

test("delay 0 takes every frame", () => {
  expect(run(started(0, 0), 10 * FRAME)).toHaveLength(11);
});

test("the first image is due at once, the next ones on a grid of the delay", () => {
  const times = run(started(250, 0), 114 * 100);
  expect(times.slice(0, 5)).toEqual([0, 342, 570, 798, 1026]);
  expect(times).toHaveLength(Math.floor(11400 / 250) + 1);
});

test("a delay shorter than the 250 ms of the readme is honoured", () => {
  expect(run(started(115, 0), 10 * FRAME).length).toBeGreaterThan(9);
});

test("a delay beyond 32 bits of microseconds does not wrap", () => {
  const schedule = started(4_294_968, 0);
  schedule.delivered(schedule.take(0, { sequence: 1 }));
  expect(schedule.due(4_294_967, { sequence: 2 })).toBe(false);
  expect(schedule.due(4_294_968, { sequence: 3 })).toBe(true);
});

test("after a stall overdue images are not sent in a burst", () => {
  const schedule = started(100, 0);
  schedule.delivered(schedule.take(0, { sequence: 1 }));
  expect(schedule.due(1050, { sequence: 2 })).toBe(true);
  schedule.delivered(schedule.take(1050, { sequence: 2 }));
  expect(schedule.due(1051, { sequence: 3 })).toBe(false);
  expect(schedule.due(1099, { sequence: 4 })).toBe(false);
  expect(schedule.due(1100, { sequence: 5 })).toBe(true);
});

test("one frame is never due twice", () => {
  const schedule = started(0, 0);
  schedule.delivered(schedule.take(0, { sequence: 7 }));
  expect(schedule.due(10, { sequence: 7 })).toBe(false);
  schedule.start(0, 0, 11);
  expect(schedule.due(12, { sequence: 7 })).toBe(false);
});

test("num_frames counts images delivered, not those that were dropped on the way", () => {
  const schedule = started(0, 2);
  schedule.failed(schedule.take(0, { sequence: 1 }));
  schedule.delivered(schedule.take(1, { sequence: 2 }));
  schedule.failed(schedule.take(2, { sequence: 3 }));
  expect(schedule.active).toBe(true);
  schedule.delivered(schedule.take(3, { sequence: 4 }));
  expect(schedule.active).toBe(false);
  expect(schedule.due(4, { sequence: 5 })).toBe(false);
});

test("no more images are in transit than remain to be delivered", () => {
  const schedule = started(0, 1);
  const ticket = schedule.take(0, { sequence: 1 });
  expect(schedule.due(1, { sequence: 2 })).toBe(false);
  schedule.failed(ticket);
  expect(schedule.due(1, { sequence: 2 })).toBe(true);
});

test("an image of the previous stream does not count for the new one", () => {
  const schedule = started(0, 1);
  const old = schedule.take(0, { sequence: 1 });
  schedule.start(0, 1, 5);
  schedule.delivered(old);
  expect(schedule.active).toBe(true);
  expect(schedule.due(6, { sequence: 2 })).toBe(true);
});

test("another stream_on restarts the count and the grid", () => {
  const schedule = started(1000, 2);
  schedule.delivered(schedule.take(0, { sequence: 1 }));
  schedule.start(1000, 2, 300);
  expect(schedule.due(300, { sequence: 2 })).toBe(true);
  schedule.delivered(schedule.take(300, { sequence: 2 }));
  expect(schedule.due(1299, { sequence: 3 })).toBe(false);
  expect(schedule.due(1300, { sequence: 3 })).toBe(true);
});

test("for any delay and any pauses: at most one image per grid interval, and never more than requested", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 5000 }),
      fc.integer({ min: 0, max: 20 }),
      fc.array(fc.integer({ min: 1, max: 3000 }), { maxLength: 100 }),
      (delay, frames, gaps) => {
        const schedule = started(delay, frames);
        const intervals: number[] = [];
        let now = 0;
        let sequence = 0;
        for (const gap of gaps) {
          now += gap;
          sequence += 1;
          if (!schedule.due(now, { sequence })) continue;
          intervals.push(Math.floor(now / delay));
          schedule.delivered(schedule.take(now, { sequence }));
        }
        expect(new Set(intervals).size).toBe(intervals.length);
        if (frames) expect(intervals.length).toBeLessThanOrEqual(frames);
      },
    ),
  );
});
