// SPDX-License-Identifier: Apache-2.0
/** The two-colour LED as a person sees it, with its waveform: every change and when it was. */
import type { AlarmHandle, Clock } from "../lepton";
import type { Pin } from "./gpio";
import { Signal } from "./signal";

export type LedColor = "off" | "red" | "green" | "yellow";

export interface LedChange {
  /** Board time of the change, in milliseconds. */
  readonly board: number;
  readonly color: LedColor;
}

/** The two pins change one after the other: what lasts less than this is no colour. Board time, µs. */
const SETTLE = 3000;
const KEPT = 4000;

export class Led {
  readonly changed = new Signal<LedChange>();
  readonly #red: Pin;
  readonly #green: Pin;
  readonly #clock: Clock;
  readonly #kept: LedChange[];
  #settling: { since: number; alarm: AlarmHandle } | undefined;

  constructor(red: Pin, green: Pin, clock: Clock) {
    this.#red = red;
    this.#green = green;
    this.#clock = clock;
    this.#kept = [{ board: clock.now() / 1000, color: "off" }];
    red.changed.subscribe(() => this.#unsettle());
    green.changed.subscribe(() => this.#unsettle());
  }

  /** The colour at this instant. */
  get color(): LedColor {
    if (this.#red.level) return this.#green.level ? "yellow" : "red";
    return this.#green.level ? "green" : "off";
  }

  /** Kept changes after board time `after` (ms), oldest first. */
  since(after = -1): LedChange[] {
    return this.#kept.filter((change) => change.board > after);
  }

  #unsettle(): void {
    if (this.#settling) return;
    const since = this.#clock.now();
    this.#settling = { since, alarm: this.#clock.alarm(since + SETTLE, () => this.#settled(since)) };
  }

  #settled(since: number): void {
    this.#settling = undefined;
    const color = this.color;
    if (this.#kept[this.#kept.length - 1]?.color === color) return;
    const change = { board: since / 1000, color };
    this.#kept.push(change);
    if (this.#kept.length > KEPT * 1.25) this.#kept.splice(0, this.#kept.length - KEPT);
    this.changed.emit(change);
  }
}
