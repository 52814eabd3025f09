// SPDX-License-Identifier: Apache-2.0
import type { TimerHandle, Timers } from "drivers/timers/timers";
import type { ResourceRecord } from "./dns-message";

/** Minimum interval in ms between multicasts of a record (RFC 6762 §6); below, that of a record that defends a name. */
const MULTICAST_INTERVAL = 1_000;
const DEFENCE_INTERVAL = 250;

interface Waiting {
  due: number;
  /** The querier's address while there is only one. */
  asker: string | undefined;
}

/**
 * Multicast answers that wait for their due time: one packet takes all that are due. It holds each record once, so any
 * number of questions leads to a bounded number of answers.
 */
export class AnswerQueue {
  private readonly timers: Timers;
  private readonly send: (records: readonly ResourceRecord[]) => readonly ResourceRecord[];
  private readonly waiting = new Map<ResourceRecord, Waiting>();
  private readonly sent = new Map<ResourceRecord, number>();
  private timer: TimerHandle | undefined;

  /** @param send multicasts answers; returns the additional records that it sent with them */
  constructor(timers: Timers, send: (records: readonly ResourceRecord[]) => readonly ResourceRecord[]) {
    this.timers = timers;
    this.send = send;
  }

  /** @param delay milliseconds; 0: send within this call, unless a record was sent just before */
  add(records: readonly ResourceRecord[], delay: number, asker?: string): void {
    this.enqueue(records, delay, MULTICAST_INTERVAL, asker);
  }

  /** Answers a probe for the camera's names: only the rate limit delays it. */
  defend(records: readonly ResourceRecord[]): void {
    this.enqueue(records, 0, DEFENCE_INTERVAL, undefined);
  }

  /** Removes a known answer for this querier. It stays queued for others. */
  withdraw(record: ResourceRecord, asker: string): void {
    if (this.waiting.get(record)?.asker === asker) this.waiting.delete(record);
  }

  /** Whether the record was multicast within the last `duration` milliseconds. */
  sentWithin(record: ResourceRecord, duration: number): boolean {
    const sent = this.sent.get(record);
    return sent !== undefined && this.timers.now() - sent < duration;
  }

  /** Drops all queued answers. */
  clear(): void {
    this.waiting.clear();
    this.sent.clear();
    this.timers.clear(this.timer);
    this.timer = undefined;
  }

  private enqueue(
    records: readonly ResourceRecord[],
    delay: number,
    interval: number,
    asker: string | undefined,
  ): void {
    const now = this.timers.now();
    for (const record of records) {
      const sent = this.sent.get(record);
      const due = Math.max(now + delay, sent === undefined ? now : sent + interval);
      const waiting = this.waiting.get(record);
      if (!waiting) this.waiting.set(record, { due, asker });
      else
        this.waiting.set(record, {
          due: Math.min(due, waiting.due),
          asker: waiting.asker === asker ? asker : undefined,
        });
    }
    this.flush();
  }

  private flush(): void {
    this.timers.clear(this.timer);
    this.timer = undefined;
    const now = this.timers.now();
    const due: ResourceRecord[] = [];
    let next = Infinity;
    for (const [record, waiting] of this.waiting) {
      if (waiting.due <= now) due.push(record);
      else next = Math.min(next, waiting.due);
    }
    for (const record of due) this.waiting.delete(record);
    if (next !== Infinity) this.timer = this.timers.set(() => this.flush(), next - now);
    if (due.length === 0) return;
    for (const record of [...due, ...this.send(due)]) this.sent.set(record, now);
  }
}
