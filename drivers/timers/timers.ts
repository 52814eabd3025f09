// SPDX-License-Identifier: Apache-2.0
/** A running timer, for `Timers.clear`. */
export type TimerHandle = object;

/**
 * Clock and timers, passed to every module by its constructor: the SDK's `timer` and `time` modules on the device, a
 * virtual clock in tests.
 */
export interface Timers {
  /** Milliseconds since start, monotonic. The base of `Frame.captured`. */
  now(): number;
  /** Calls back once, `delay` ms from now. */
  set(callback: () => void, delay: number): TimerHandle;
  /** Calls back every `interval` ms until cleared. */
  repeat(callback: () => void, interval: number): TimerHandle;
  /** Ignores a timer that has expired, and undefined. */
  clear(timer: TimerHandle | undefined): void;
}

/** A promise that resolves `delay` ms from now. */
export const sleep = (timers: Timers, delay: number): Promise<void> =>
  new Promise((resolve) => timers.set(resolve, delay));
