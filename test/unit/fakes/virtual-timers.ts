// SPDX-License-Identifier: Apache-2.0
import type { TimerHandle, Timers } from "drivers/timers/timers";

interface Entry {
  callback: () => void;
  due: number;
  interval: number | undefined;
  order: number;
}

/**
 * Time that only a test advances. Callbacks run in the order in which they are due;
 * promise jobs run after each of them, as in XS.
 */
export class VirtualTimers implements Timers {
  #now: number;
  #order = 0;
  readonly #entries = new Set<Entry>();

  constructor(now = 0) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  set(callback: () => void, delay: number): TimerHandle {
    return this.#add(callback, delay, undefined);
  }

  repeat(callback: () => void, interval: number): TimerHandle {
    return this.#add(callback, interval, Math.max(1, interval));
  }

  clear(timer: TimerHandle | undefined): void {
    if (timer) this.#entries.delete(timer as Entry);
  }

  /** Number of active timers. */
  get pending(): number {
    return this.#entries.size;
  }

  /** Milliseconds until the next timer, or undefined without a timer. */
  get next(): number | undefined {
    const entry = this.#earliest();
    return entry && entry.due - this.#now;
  }

  /** Advances the time by `ms`. Resolves when every callback due until then and its promise jobs have run. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await drain();
    for (let entry = this.#earliest(); entry && entry.due <= end; entry = this.#earliest()) {
      this.#now = Math.max(this.#now, entry.due);
      if (entry.interval === undefined) {
        this.#entries.delete(entry);
      } else {
        entry.due += entry.interval;
        entry.order = this.#order++;
      }
      entry.callback();
      await drain();
    }
    this.#now = end;
  }

  /** Advances timer by timer until the promise settles. @throws Error when it has not settled after `limit` ms of virtual time */
  async settle<T>(promise: Promise<T>, limit = 600_000): Promise<T> {
    const end = this.#now + limit;
    let settled = false;
    const done = (): void => void (settled = true);
    promise.then(done, done);
    await drain();
    while (!settled) {
      const next = this.next;
      if (next === undefined) throw new Error("no timer is active, and the promise has not settled");
      if (this.#now + next > end) throw new Error(`the promise has not settled after ${limit} ms`);
      await this.advance(next);
    }
    return promise;
  }

  #add(callback: () => void, delay: number, interval: number | undefined): TimerHandle {
    const entry: Entry = { callback, due: this.#now + Math.max(0, delay), interval, order: this.#order++ };
    this.#entries.add(entry);
    return entry;
  }

  #earliest(): Entry | undefined {
    let earliest: Entry | undefined;
    for (const entry of this.#entries) {
      if (!earliest || entry.due < earliest.due || (entry.due === earliest.due && entry.order < earliest.order))
        earliest = entry;
    }
    return earliest;
  }
}

/** Runs all promise jobs, including those they create. */
export function drain(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
