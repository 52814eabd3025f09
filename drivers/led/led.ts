// SPDX-License-Identifier: Apache-2.0
import type { TimerHandle, Timers } from "drivers/timers/timers";

/** One step of a pattern. Red and green together are yellow. */
export interface LedStep {
  readonly red: 0 | 1;
  readonly green: 0 | 1;
  /** Duration. Not used in a pattern of one step, which is a steady light. */
  readonly ms: number;
}

/** One or more steps, repeated. */
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
  private readonly timers: Timers;
  private readonly red: Colour;
  private readonly green: Colour;
  private pattern: LedPattern | undefined;
  private index = 0;
  /** Scheduled start of the current step: late timers do not stretch the pattern. */
  private since = 0;
  private timer: TimerHandle | undefined;

  constructor({ red, green, timers }: LedOptions) {
    this.timers = timers;
    this.red = new Colour(red.io, red.pin);
    try {
      this.green = new Colour(green.io, green.pin);
    } catch (error) {
      this.red.close();
      throw error;
    }
  }

  /** Plays a pattern from its first step. The pattern that is already playing continues. */
  play(pattern: LedPattern): void {
    if (pattern === this.pattern) return;
    this.timers.clear(this.timer);
    this.timer = undefined;
    this.pattern = pattern;
    this.index = 0;
    this.since = this.timers.now();
    this.show();
  }

  /** Turns the LED off and releases the pins. */
  close(): void {
    this.timers.clear(this.timer);
    this.timer = undefined;
    this.pattern = undefined;
    this.red.close();
    this.green.close();
  }

  private show(): void {
    const step = this.pattern?.[this.index];
    if (!step) return;
    // Off before on, so a change from red to green does not flash yellow.
    if (!step.red) this.red.write(0);
    this.green.write(step.green);
    this.red.write(step.red);
    if (this.pattern && this.pattern.length > 1) {
      const delay = this.since + step.ms - this.timers.now();
      this.timer = this.timers.set(() => this.advance(step), Math.max(0, delay));
    }
  }

  private advance(step: LedStep): void {
    this.timer = undefined;
    if (!this.pattern) return;
    this.index = (this.index + 1) % this.pattern.length;
    const due = this.since + step.ms;
    const now = this.timers.now();
    const next = this.pattern[this.index];
    // A step whose duration has already passed would only flash: restart the schedule from now.
    this.since = next && now - due < next.ms ? due : now;
    this.show();
  }
}

/** One pin, written only when its level changes. */
class Colour {
  private readonly pin: OutputPin;
  private level: 0 | 1 = 0;
  private closed = false;

  constructor(io: OutputPinConstructor, pin: number) {
    this.pin = new io({ pin, mode: io.Output, initialValue: 0 });
    // Older Digital classes ignore `initialValue`.
    this.pin.write(0);
  }

  write(level: 0 | 1): void {
    if (level === this.level) return;
    this.level = level;
    this.pin.write(level);
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.write(0);
    this.pin.close();
  }
}
