// SPDX-License-Identifier: Apache-2.0
import type { TimerHandle, Timers } from "drivers/timers/timers";

interface Entry {
  readonly callback: () => void;
  readonly interval: number;
  due: number;
}

/** Time that the fuzzer advances. */
export class FuzzTimers implements Timers {
  readonly #entries = new Set<Entry>();
  #now = 0;

  now(): number {
    return this.#now;
  }
  set(callback: () => void, delay: number): TimerHandle {
    return this.#add(callback, delay, 0);
  }
  repeat(callback: () => void, interval: number): TimerHandle {
    return this.#add(callback, interval, interval);
  }
  clear(timer: TimerHandle | undefined): void {
    this.#entries.delete(timer as Entry);
  }

  get pending(): number {
    return this.#entries.size;
  }

  /** Calls everything that is due after `ms` more, the earliest first. */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (let next = this.#first(end); next; next = this.#first(end)) {
      this.#now = Math.max(this.#now, next.due);
      if (next.interval > 0) next.due += next.interval;
      else this.#entries.delete(next);
      next.callback();
    }
    this.#now = end;
  }

  #add(callback: () => void, delay: number, interval: number): TimerHandle {
    const entry = { callback, interval, due: this.#now + delay };
    this.#entries.add(entry);
    return entry;
  }

  #first(end: number): Entry | undefined {
    let first: Entry | undefined;
    for (const entry of this.#entries) if (entry.due <= end && entry.due < (first?.due ?? Infinity)) first = entry;
    return first;
  }
}
