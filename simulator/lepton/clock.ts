// SPDX-License-Identifier: Apache-2.0

/** Identifies an alarm for `Clock.cancel`. */
export interface AlarmHandle {
  readonly at: number;
}

/** Board time in microseconds, and alarms on it. The board advances it; the emulated part only reads it. */
export interface Clock {
  /** Board time now, in microseconds. Never goes back. */
  now(): number;
  /** Calls `callback` once when board time reaches `at`; at the next advance if `at` is in the past. */
  alarm(at: number, callback: () => void): AlarmHandle;
  /** Cancels an alarm. Does nothing when it has rung. */
  cancel(handle: AlarmHandle): void;
}

interface Alarm extends AlarmHandle {
  readonly callback: () => void;
}

/** A clock that moves only by `advance`: the board's clock and the tests'. */
export class ManualClock implements Clock {
  private time = 0;
  /** Sorted, latest first, so that taking the next one is a `pop`. Alarms for the same time ring in the order they were set. */
  private readonly alarms: Alarm[] = [];

  constructor(start = 0) {
    this.time = start;
  }

  now(): number {
    return this.time;
  }

  alarm(at: number, callback: () => void): AlarmHandle {
    const alarm: Alarm = { at, callback };
    const alarms = this.alarms;
    let i = alarms.length;
    while (i > 0 && (alarms[i - 1] as Alarm).at <= at) i -= 1;
    alarms.splice(i, 0, alarm);
    return alarm;
  }

  cancel(handle: AlarmHandle): void {
    const i = this.alarms.indexOf(handle as Alarm);
    if (i >= 0) this.alarms.splice(i, 1);
  }

  /** When the next alarm rings, or undefined when none is set. */
  next(): number | undefined {
    return this.alarms[this.alarms.length - 1]?.at;
  }

  /** As `next`, but for alarms other than `these`. */
  nextOther(these: readonly (AlarmHandle | undefined)[]): number | undefined {
    return this.alarms.findLast((alarm) => !these.includes(alarm))?.at;
  }

  /** Moves time forward by `us` microseconds and rings each due alarm at its own time. */
  advance(us: number): void {
    this.advanceTo(this.time + us);
  }

  /** Moves time to the next alarm, if that is not past already, and rings it: nothing else. Without an alarm it does nothing. */
  ringNext(): void {
    const alarm = this.alarms.pop();
    if (alarm === undefined) return;
    if (alarm.at > this.time) this.time = alarm.at;
    alarm.callback();
  }

  /** Moves time forward to `us`. @throws RangeError when `us` is in the past */
  advanceTo(us: number): void {
    if (!(us >= this.time)) throw new RangeError(`clock is at ${this.time} µs and cannot go to ${us} µs`);
    while ((this.next() ?? Infinity) <= us) this.ringNext();
    // A callback may itself have advanced the clock beyond `us`.
    if (us > this.time) this.time = us;
  }
}
