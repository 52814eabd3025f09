// SPDX-License-Identifier: Apache-2.0
import Time from "time";
import Timer from "timer";
import type { TimerHandle, Timers } from "./timers";

/** The longest delay of the SDK's timers: a signed 32-bit count of milliseconds. */
const LONGEST_DELAY = 0x7fffffff;

/**
 * Timers on the device: the SDK's `timer` and `time` modules.
 *
 * `Time.ticks` is 32 bits of milliseconds and wraps every 49.7 days. `now()` continues the count if it is called at least
 * once in 24.8 days; every frame calls it.
 */
export class DeviceTimers implements Timers {
  private last: number = Time.ticks;
  private count: number = this.last;

  now(): number {
    const ticks = Time.ticks;
    // Correct across a wrap. `ticks` may be fractional on platforms with a finer clock.
    const elapsed = ticks - this.last;
    this.count += elapsed >= 0 && elapsed <= LONGEST_DELAY ? elapsed : elapsed | 0;
    this.last = ticks;
    return this.count;
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

/** Rounds up, because the SDK truncates and a timer must not run early. */
const milliseconds = (delay: number): number => Math.min(LONGEST_DELAY, Math.max(0, Math.ceil(delay)));
