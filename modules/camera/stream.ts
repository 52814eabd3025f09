// SPDX-License-Identifier: Apache-2.0
import type { Frame } from "./frame";

/** Identifies one image in transit; passed to `delivered` or `failed`. */
export type Ticket = number & { readonly ticket: unique symbol };

/**
 * Decides when a streaming client is due an image. Pure: takes the time as an argument and never waits.
 *
 * Due times lie on a grid that starts with stream_on and advances by the delay. A late client (it reads slowly, or the
 * sensor paused for an FFC) gets the newest frame and then waits for the next grid point; missed points are skipped.
 * `frames` counts delivered images, so a dropped image does not count.
 */
export class StreamSchedule {
  private running = false;
  private delay = 0;
  private nextDue = 0;
  /** Images still to be delivered; Infinity for a stream without end. */
  private remaining = 0;
  private underway = 0;
  /** Lower tickets belong to an earlier stream_on. */
  private firstTicket = 1;
  private nextTicket = 1;
  private lastSequence = 0;

  /** True while images remain to be delivered. */
  get active(): boolean {
    return this.running;
  }

  /**
   * Starts, or restarts with new parameters.
   * @param delay milliseconds between images, 0 = every frame
   * @param frames images to deliver, 0 = no end
   * @param now milliseconds
   */
  start(delay: number, frames: number, now: number): void {
    this.running = true;
    this.delay = delay;
    this.nextDue = now;
    this.remaining = frames || Infinity;
    this.underway = 0;
    this.firstTicket = this.nextTicket;
  }

  stop(): void {
    this.running = false;
  }

  /**
   * Whether to send `frame` now. Never true twice for one frame, nor for more frames in transit than remain to be
   * delivered.
   */
  due(now: number, frame: Pick<Frame, "sequence">): boolean {
    return (
      this.running && now >= this.nextDue && this.underway < this.remaining && frame.sequence !== this.lastSequence
    );
  }

  /** Records that the due frame is being sent. */
  take(now: number, frame: Pick<Frame, "sequence">): Ticket {
    this.lastSequence = frame.sequence;
    this.underway += 1;
    if (this.delay > 0) this.nextDue += this.delay * (Math.floor((now - this.nextDue) / this.delay) + 1);
    return this.nextTicket++ as Ticket;
  }

  /** The image of this ticket was sent. The last image ends the stream. */
  delivered(ticket: Ticket): void {
    if (!this.settle(ticket)) return;
    this.remaining -= 1;
    if (this.remaining === 0) this.running = false;
  }

  /** The image of this ticket was dropped: another one replaces it at the next due time. */
  failed(ticket: Ticket): void {
    this.settle(ticket);
  }

  private settle(ticket: Ticket): boolean {
    if (ticket < this.firstTicket) return false;
    this.underway -= 1;
    return true;
  }
}
