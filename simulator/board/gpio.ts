// SPDX-License-Identifier: Apache-2.0
/** The board's single pins: drivers, and the resulting level. */
import { Signal } from "./signal";

export class Pin {
  readonly number: number;
  /** The level without a driver. */
  readonly idle: 0 | 1;
  /** The level that a person or circuit on the board pulls it to. */
  #external: 0 | 1 | undefined;
  #driven: 0 | 1 | undefined;
  readonly changed = new Signal<0 | 1>();

  constructor(number: number, idle: 0 | 1) {
    this.number = number;
    this.idle = idle;
  }

  get level(): 0 | 1 {
    return this.#driven ?? this.#external ?? this.idle;
  }

  /** The firmware drives the pin, or (undefined) releases it. */
  drive(level: 0 | 1 | undefined): void {
    this.#change(() => (this.#driven = level));
  }

  /** A part outside the ESP32 pulls the pin, or (undefined) releases it. */
  pull(level: 0 | 1 | undefined): void {
    this.#change(() => (this.#external = level));
  }

  #change(apply: () => void): void {
    const before = this.level;
    apply();
    if (this.level !== before) this.changed.emit(this.level);
  }
}
