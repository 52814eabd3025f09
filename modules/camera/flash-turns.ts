// SPDX-License-Identifier: Apache-2.0
import { sleep, type Timers } from "drivers/timers/timers";

/**
 * Least time in ms between a pause of the video and a write of flash. A pause costs a stream two or three frames, a write up
 * to three: in between the stream gets a frame.
 */
const APART = 500;

type Work = "pause" | "write";

/** Keeps pauses of the video and writes of flash apart, first come, first served. Writes alone do not wait. */
export class FlashTurns {
  private readonly timers: Timers;
  private tail: Promise<void> = Promise.resolve();
  private ended: { readonly work: Work; readonly at: number } | undefined;

  constructor(timers: Timers) {
    this.timers = timers;
  }

  /** Resolves when it is this work's turn. The caller must call the result at the work's end; false: it was not done. */
  async take(work: Work): Promise<(done?: boolean) => void> {
    const before = this.tail;
    let next: (() => void) | undefined;
    this.tail = new Promise((resolve) => (next = resolve));
    await before;
    if (this.ended && this.ended.work !== work) {
      const wait = this.ended.at + APART - this.timers.now();
      if (wait > 0) await sleep(this.timers, wait);
    }
    return (done = true) => {
      if (done) this.ended = { work, at: this.timers.now() };
      next?.();
    };
  }
}
