// SPDX-License-Identifier: Apache-2.0
import type { TimerHandle, Timers } from "drivers/timers/timers";

interface Entry {
  callback: () => void;
  due: number;
  interval: number | undefined;
}

/** Virtual time for code without promises: `advance` returns after the due callbacks have run. */
export class SyncTimers implements Timers {
  #now = 0;
  #entries: Entry[] = [];

  now(): number {
    return this.#now;
  }

  set(callback: () => void, delay: number): TimerHandle {
    return this.#add({ callback, due: this.#now + Math.max(0, delay), interval: undefined });
  }

  repeat(callback: () => void, interval: number): TimerHandle {
    return this.#add({ callback, due: this.#now + interval, interval });
  }

  clear(timer: TimerHandle | undefined): void {
    this.#entries = this.#entries.filter((entry) => entry !== timer);
  }

  get pending(): number {
    return this.#entries.length;
  }

  /** Advances the time by `ms`; callbacks run when they are due. */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (let entry = this.#earliest(end); entry; entry = this.#earliest(end)) {
      this.#now = Math.max(this.#now, entry.due);
      this.#run(entry);
    }
    this.#now = end;
  }

  /** Advances the time by `ms` with a busy event loop: callbacks due in this time run once, at its end. */
  stall(ms: number): void {
    this.#now += ms;
    for (const entry of this.#entries.filter(({ due }) => due <= this.#now).sort((a, b) => a.due - b.due))
      if (this.#entries.includes(entry)) this.#run(entry);
  }

  #run(entry: Entry): void {
    if (entry.interval === undefined) this.clear(entry);
    else entry.due = Math.max(entry.due + entry.interval, this.#now);
    entry.callback();
  }

  #add(entry: Entry): TimerHandle {
    this.#entries.push(entry);
    return entry;
  }

  #earliest(end: number): Entry | undefined {
    let earliest: Entry | undefined;
    for (const entry of this.#entries)
      if (entry.due <= end && (!earliest || entry.due < earliest.due)) earliest = entry;
    return earliest;
  }
}
