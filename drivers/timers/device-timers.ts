// SPDX-License-Identifier: Apache-2.0
import Time from "time";
import Timer from "timer";
import type { TimerHandle, Timers } from "./timers";

/** The longest delay the SDK's timers take: a signed 32-bit count of milliseconds. */
const LONGEST_DELAY = 0x7fffffff;

/**
 * Timers on the device: the SDK's `timer` and `time` modules.
 *
 * `Time.ticks` is 32 bits of milliseconds and wraps every 49.7 days; the camera runs longer. `now()` continues the count, as long
 * as it is called once in 24.8 days, which the frames alone see to.
 */
export class DeviceTimers implements Timers {
  #last: number = Time.ticks;
  #now: number = this.#last;

  now(): number {
    const ticks = Time.ticks;
    // The difference of two counts, wrapped or not; `ticks` may be fractional on hosts with a finer clock.
    const elapsed = ticks - this.#last;
    this.#now += elapsed >= 0 && elapsed <= LONGEST_DELAY ? elapsed : elapsed | 0;
    this.#last = ticks;
    return this.#now;
  }

  set(callback: () => void, delay: number): TimerHandle {
    return Timer.set(() => callback(), milliseconds(delay));
  }

  repeat(callback: () => void, interval: number): TimerHandle {
    // An interval of 0 would make the SDK's repeating timer run once.
    return Timer.repeat(() => callback(), Math.max(1, milliseconds(interval)));
  }

  clear(timer: TimerHandle | undefined): void {
    Timer.clear(timer as Timer | undefined);
  }
}

/** The SDK truncates to an integer: a timer must not run early, so part of a millisecond counts as a whole one. */
function milliseconds(delay: number): number {
  return Math.min(LONGEST_DELAY, Math.max(0, Math.ceil(delay)));
}
