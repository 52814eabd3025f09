// SPDX-License-Identifier: Apache-2.0

/** A client that streams. */
export interface Streamer {
  /** Time (`Timers.now`) of the last frame that was due, and skipped as the image before was still being sent. */
  readonly lateAt: number;
}

/** The link counts as short this long after the frames that were skipped. */
const SHORT_MS = 1_000;

/**
 * Whether the link is too short for its clients: every client that streams skipped a frame within the last second. A
 * slow client among others that keep up is no sign of that. MJPEG gives way while it is.
 */
export class LinkLoad {
  private readonly streaming = new Set<Streamer>();

  add(client: Streamer): void {
    this.streaming.add(client);
  }

  delete(client: Streamer): void {
    this.streaming.delete(client);
  }

  /** Time until which the link counts as short; -Infinity if no client streams. */
  get shortUntil(): number {
    let earliest = Infinity;
    for (const { lateAt } of this.streaming) earliest = Math.min(earliest, lateAt);
    return this.streaming.size === 0 ? -Infinity : earliest + SHORT_MS;
  }
}
