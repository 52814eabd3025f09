// SPDX-License-Identifier: Apache-2.0
import type { Log } from "modules/log/log";
import type { Timers } from "drivers/timers/timers";

/** One way of being on a network: as an access point or as a station. It keeps trying until it is stopped. */
export interface Link {
  /** The driver could be set up. */
  readonly initialized: boolean;
  /** The interface has been told to work. */
  readonly started: boolean;
  /** Another device can be reached: a station has joined, or we have joined and have an address. */
  readonly linked: boolean;
  /** Our address on it, dotted, while there is one. */
  readonly address: string | undefined;
  start(): void;
  /** Takes the interface down and gives it back. No callback comes after it. */
  stop(): void;
}

export interface LinkEnvironment {
  timers: Timers;
  log: Log;
  /** `linked` or `address` may be other ones now. */
  onChanged(): void;
  /** Why the radio cannot be set up, or undefined: it is. */
  onRadio(reason: string | undefined): void;
}

/** Pauses between attempts, in milliseconds: they double from the first to the last and stay there. */
export const PAUSE_FIRST = 500;
export const PAUSE_LAST = 16_000;

/** Growing, bounded pauses between attempts that go on for ever. */
export class Pauses {
  #next = PAUSE_FIRST;

  next(): number {
    const pause = this.#next;
    this.#next = Math.min(pause * 2, PAUSE_LAST);
    return pause;
  }

  reset(): void {
    this.#next = PAUSE_FIRST;
  }
}
