// SPDX-License-Identifier: Apache-2.0
import { VirtualTimers } from "./virtual-timers";

/** Replaces the SDK's `timer` module: the same calls in virtual time, which the test advances with `virtual`. */
class Timer {
  static virtual = new VirtualTimers();

  static set(callback: (timer: object) => void, interval = 0, repeat?: number): object {
    const { virtual } = Timer;
    interval |= 0; // as the SDK does
    if (repeat !== undefined && repeat !== interval)
      throw new RangeError("the fake has repeating timers with one interval only");
    const timer: object = repeat
      ? virtual.repeat(() => callback(timer), interval)
      : virtual.set(() => callback(timer), interval);
    return timer;
  }

  static repeat(callback: (timer: object) => void, interval: number): object {
    return Timer.set(callback, interval, interval);
  }

  static clear(timer: object | undefined | null): void {
    Timer.virtual.clear(timer ?? undefined);
  }
}

export default Timer;
