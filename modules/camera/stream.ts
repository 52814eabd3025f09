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
  #active = false;
  #delay = 0;
  #due = 0;
  /** Images still to be delivered; Infinity for a stream without end. */
  #remaining = 0;
  #underway = 0;
  /** Lower tickets belong to an earlier stream_on. */
  #firstTicket = 1;
  #nextTicket = 1;
  #lastSequence = 0;

  /** True while images remain to be delivered. */
  get active(): boolean {
    return this.#active;
  }

  /**
   * Starts, or restarts with new parameters.
   * @param delay milliseconds between images, 0 = every frame
   * @param frames images to deliver, 0 = no end
   * @param now milliseconds
   */
  start(delay: number, frames: number, now: number): void {
    this.#active = true;
    this.#delay = delay;
    this.#due = now;
    this.#remaining = frames || Infinity;
    this.#underway = 0;
    this.#firstTicket = this.#nextTicket;
  }

  stop(): void {
    this.#active = false;
  }

  /**
   * Whether to send `frame` now. Never true twice for one frame, nor for more frames in transit than remain to be
   * delivered.
   */
  due(now: number, frame: Pick<Frame, "sequence">): boolean {
    return (
      this.#active && now >= this.#due && this.#underway < this.#remaining && frame.sequence !== this.#lastSequence
    );
  }

  /** Records that the due frame is being sent. */
  take(now: number, frame: Pick<Frame, "sequence">): Ticket {
    this.#lastSequence = frame.sequence;
    this.#underway += 1;
    if (this.#delay > 0) this.#due += this.#delay * (Math.floor((now - this.#due) / this.#delay) + 1);
    return this.#nextTicket++ as Ticket;
  }

  /** The image of this ticket was sent. The last image ends the stream. */
  delivered(ticket: Ticket): void {
    if (!this.#settle(ticket)) return;
    this.#remaining -= 1;
    if (this.#remaining === 0) this.#active = false;
  }

  /** The image of this ticket was dropped: another one replaces it at the next due time. */
  failed(ticket: Ticket): void {
    this.#settle(ticket);
  }

  #settle(ticket: Ticket): boolean {
    if (ticket < this.#firstTicket) return false;
    this.#underway -= 1;
    return true;
  }
}
