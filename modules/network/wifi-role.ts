// SPDX-License-Identifier: Apache-2.0
import type { Log } from "modules/log/log";
import type { Timers } from "drivers/timers/timers";

/** A connection to a network, as an access point or as a station. It retries until it is stopped. */
export interface WifiRole {
  /** The driver is set up. */
  readonly initialized: boolean;
  /** The interface has been started. */
  readonly started: boolean;
  /**
   * Another device can be reached: a station has joined this access point, or this station has joined and has an
   * address.
   */
  readonly joined: boolean;
  /** The interface's dotted address, if it has one. */
  readonly address: string | undefined;
  start(): void;
  /** Takes the interface down and closes it. No callback follows. */
  stop(): void;
}

export interface WifiRoleOptions {
  timers: Timers;
  log: Log;
  /** `joined` or `address` may have changed. */
  onChanged(): void;
  /** The reason why the radio cannot be set up; undefined when it is set up. */
  onRadio(reason: string | undefined): void;
}

/** Back-off between attempts in milliseconds: doubles from the first value up to the last. */
const BACK_OFF_FIRST = 500;
const BACK_OFF_LAST = 16_000;

/** Exponential back-off with an upper bound. Retries have no limit. */
export class BackOff {
  private delay = BACK_OFF_FIRST;

  next(): number {
    const delay = this.delay;
    this.delay = Math.min(delay * 2, BACK_OFF_LAST);
    return delay;
  }

  reset(): void {
    this.delay = BACK_OFF_FIRST;
  }
}
