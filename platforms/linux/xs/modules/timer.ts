// SPDX-License-Identifier: Apache-2.0

/** The SDK's `timer` module on the engine runner. Times are whole milliseconds of device time; callbacks get the timer. */
class Timer {
  /** Calls back once `interval` ms (0) from now, then every `repeat` ms if that is given and not 0. */
  static set(callback: (timer: Timer) => void, interval?: number, repeat?: number): Timer {
    return native("xs_timer_set").call(this, callback, interval, repeat);
  }
  /** Calls back every `interval` ms. @throws RangeError when the interval is not positive. */
  static repeat(callback: (timer: Timer) => void, interval: number): Timer {
    return native("xs_timer_repeat").call(this, callback, interval);
  }
  /** Sets new times; without any the timer stands still until the next call. @throws on a timer that has run out or was cleared. */
  static schedule(...times: [timer: Timer, interval?: number, repeat?: number]): void {
    native("xs_timer_schedule").call(this, ...times);
  }
  /** Safe on undefined, null and on a timer that has run out. */
  static clear(timer: Timer | undefined | null): void {
    native("xs_timer_clear").call(this, timer);
  }
}

export default Timer;
