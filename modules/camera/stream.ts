// SPDX-License-Identifier: Apache-2.0
import type { Frame } from "./frame";

/** Stands for one image that is on its way; given to `delivered` or `failed` when its fate is known. */
export type Ticket = number & { readonly ticket: unique symbol };

/**
 * When a client that streams is due an image. Pure: it is told the time and never waits.
 *
 * Due times lie on a grid that starts with stream_on and advances by the delay. A client that is late (it reads slowly, or the
 * sensor paused for an FFC) gets the newest frame and then waits for the next grid point: those it missed are not made up for.
 * `frames` counts images delivered, so one that was dropped on the way does not use up the client's order.
 */
export class StreamSchedule {
  #active = false;
  #delay = 0;
  #due = 0;
  /** Images still to be delivered; Infinity when the client named no end. */
  #remaining = 0;
  #underway = 0;
  /** Tickets from before this one belong to an earlier stream_on. */
  #firstTicket = 1;
  #nextTicket = 1;
  #lastSequence = 0;

  /** Whether images are still to come. */
  get active(): boolean {
    return this.#active;
  }

  /**
   * Begins, or begins again with new figures.
   * @param delay milliseconds between images, 0 = every frame @param frames images to deliver, 0 = no end @param now milliseconds
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

  /** Whether `frame` should be sent now. Never true twice for one frame, nor for more frames at a time than are still to be delivered. */
  due(now: number, frame: Pick<Frame, "sequence">): boolean {
    return (
      this.#active && now >= this.#due && this.#underway < this.#remaining && frame.sequence !== this.#lastSequence
    );
  }

  /** The frame that was due is being sent. */
  take(now: number, frame: Pick<Frame, "sequence">): Ticket {
    this.#lastSequence = frame.sequence;
    this.#underway += 1;
    if (this.#delay > 0) this.#due += this.#delay * (Math.floor((now - this.#due) / this.#delay) + 1);
    return this.#nextTicket++ as Ticket;
  }

  /** The image of this ticket has left. Ends the stream with the last one. */
  delivered(ticket: Ticket): void {
    if (!this.#settle(ticket)) return;
    this.#remaining -= 1;
    if (this.#remaining === 0) this.#active = false;
  }

  /** The image of this ticket was dropped: another will take its place, at the next due time. */
  failed(ticket: Ticket): void {
    this.#settle(ticket);
  }

  #settle(ticket: Ticket): boolean {
    if (ticket < this.#firstTicket) return false;
    this.#underway -= 1;
    return true;
  }
}
