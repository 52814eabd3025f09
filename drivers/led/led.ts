// SPDX-License-Identifier: Apache-2.0
import type { TimerHandle, Timers } from "drivers/timers/timers";

/** One step of a pattern: both colours lit are yellow. */
export interface LedStep {
  readonly red: 0 | 1;
  readonly green: 0 | 1;
  /** How long, in milliseconds. A pattern of one step is a steady light, whatever this says. */
  readonly ms: number;
}

/** Steps played over and over from the first. At least one. */
export type LedPattern = readonly LedStep[];

export interface OutputPin {
  write(value: 0 | 1): void;
  close(): void;
}

/** ECMA-419's Digital, as far as an LED needs it. */
export interface OutputPinConstructor {
  new (options: { pin: number; mode: number; initialValue?: 0 | 1 }): OutputPin;
  readonly Output: number;
}

export interface LedOptions {
  /** Pins are active high. */
  red: { io: OutputPinConstructor; pin: number };
  green: { io: OutputPinConstructor; pin: number };
  timers: Timers;
}

/** A two-colour LED that plays patterns. It is dark until the first. */
export class Led {
  readonly #timers: Timers;
  readonly #red: Colour;
  readonly #green: Colour;
  #pattern: LedPattern | undefined;
  #index = 0;
  /** When the step that shows now began, by the pattern's own count: late timers do not stretch the pattern. */
  #since = 0;
  #timer: TimerHandle | undefined;

  constructor({ red, green, timers }: LedOptions) {
    this.#timers = timers;
    this.#red = new Colour(red.io, red.pin);
    try {
      this.#green = new Colour(green.io, green.pin);
    } catch (error) {
      this.#red.close();
      throw error;
    }
  }

  /** Plays a pattern from its first step. The one that is playing goes on undisturbed. */
  play(pattern: LedPattern): void {
    if (pattern === this.#pattern) return;
    this.#timers.clear(this.#timer);
    this.#timer = undefined;
    this.#pattern = pattern;
    this.#index = 0;
    this.#since = this.#timers.now();
    this.#show();
  }

  /** Dark, and the pins given back. */
  close(): void {
    this.#timers.clear(this.#timer);
    this.#timer = undefined;
    this.#pattern = undefined;
    this.#red.close();
    this.#green.close();
  }

  #show(): void {
    const step = this.#pattern?.[this.#index];
    if (!step) return;
    // The colour that goes out goes first: red to green is never yellow for a moment.
    if (!step.red) this.#red.write(0);
    this.#green.write(step.green);
    this.#red.write(step.red);
    if (this.#pattern && this.#pattern.length > 1) {
      const delay = this.#since + step.ms - this.#timers.now();
      this.#timer = this.#timers.set(() => this.#advance(step), Math.max(0, delay));
    }
  }

  #advance(step: LedStep): void {
    this.#timer = undefined;
    if (!this.#pattern) return;
    this.#index = (this.#index + 1) % this.#pattern.length;
    const due = this.#since + step.ms;
    const now = this.#timers.now();
    const next = this.#pattern[this.#index];
    // A step whose whole time has already passed would only flash by: the count starts again from now.
    this.#since = next && now - due < next.ms ? due : now;
    this.#show();
  }
}

/** One pin, written only when its level changes. */
class Colour {
  readonly #pin: OutputPin;
  #level: 0 | 1 = 0;
  #closed = false;

  constructor(io: OutputPinConstructor, pin: number) {
    this.#pin = new io({ pin, mode: io.Output, initialValue: 0 });
    // `initialValue` is younger than some of the classes that have this shape.
    this.#pin.write(0);
  }

  write(level: 0 | 1): void {
    if (level === this.#level) return;
    this.#level = level;
    this.#pin.write(level);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.write(0);
    this.#pin.close();
  }
}
