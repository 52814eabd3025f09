// SPDX-License-Identifier: Apache-2.0
/** A timer that is running. Only `Timers.clear` takes it. */
export type TimerHandle = object;

/**
 * Time as every module gets it, by constructor: on the device it is the SDK's `timer` and `time` modules,
 * in tests a virtual clock.
 */
export interface Timers {
  /** Milliseconds since start, monotonic. The base of `Frame.captured`. */
  now(): number;
  /** Calls back once, `delay` ms from now. */
  set(callback: () => void, delay: number): TimerHandle;
  /** Calls back every `interval` ms until cleared. */
  repeat(callback: () => void, interval: number): TimerHandle;
  /** Safe on a timer that has run out and on undefined. */
  clear(timer: TimerHandle | undefined): void;
}

/** A promise that resolves `delay` ms from now. */
export function sleep(timers: Timers, delay: number): Promise<void> {
  return new Promise((resolve) => timers.set(resolve, delay));
}
