// SPDX-License-Identifier: Apache-2.0
import Time from "./time";

/** The SDK's `timer` module on the clock of time.ts. */
class Timer {
  static readonly #running = new Set<Timer>();

  private constructor(
    private readonly callback: (timer: Timer) => void,
    private due: number,
    private readonly interval: number,
  ) {
    Timer.#running.add(this);
  }

  static set(callback: (timer: Timer) => void, delay = 0): Timer {
    return new Timer(callback, Time.ticks + delay, 0);
  }

  static repeat(callback: (timer: Timer) => void, interval: number): Timer {
    return new Timer(callback, Time.ticks + interval, interval);
  }

  static clear(timer: Timer | undefined): void {
    if (timer) Timer.#running.delete(timer);
  }

  /** Calls the timers that are due. */
  static run(): void {
    for (const timer of [...Timer.#running]) {
      if (timer.due > Time.ticks) continue;
      if (timer.interval === 0) Timer.#running.delete(timer);
      else timer.due += timer.interval;
      timer.callback(timer);
    }
  }
}

export default Timer;
