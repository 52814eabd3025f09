// SPDX-License-Identifier: Apache-2.0

/** The monotonic part of the SDK's `time` module. There is no wall clock in it: the firmware keeps its own. */
class Time {
  /** Milliseconds since the runner started, in board time. */
  static get ticks(): number {
    return native("xs_time_ticks").call(this);
  }
  /** The same in microseconds. */
  static get microseconds(): number {
    return native("xs_time_microseconds").call(this);
  }
  /** Milliseconds from `start` to `end` (both of `ticks`), to now without `end`. */
  static delta(start: number, end?: number): number {
    return native("xs_time_delta").call(this, start, end);
  }
}

export default Time;
