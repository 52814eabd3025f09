// SPDX-License-Identifier: Apache-2.0
import type { TimerHandle, Timers } from "drivers/timers/timers";

/** How often the pin is looked at while something happens on it. */
export const SAMPLE_INTERVAL = 50;
/** Held this long, from the first sample that was down, it is a long press. */
export const LONG_PRESS = 5_000;
/** An edge that came while samples were further apart than this may hide a release. */
const BLIND = 3 * SAMPLE_INTERVAL;

export type Press = "short" | "long";

export interface InputPin {
  read(): 0 | 1;
  close(): void;
}

/** ECMA-419's Digital, as far as a button needs it. */
export interface InputPinConstructor {
  new (options: { pin: number; mode: number; edge: number; onReadable: () => void }): InputPin;
  readonly Input: number;
  readonly InputPullUp: number;
  readonly Rising: number;
  readonly Falling: number;
}

export interface ButtonOptions {
  io: InputPinConstructor;
  /** Active low. */
  pin: number;
  /** The board has no resistor of its own. */
  pullUp: boolean;
  timers: Timers;
  /** The debounced state has changed. */
  onChange?(down: boolean): void;
  /** "short" when it is released before the long press, "long" once while it is still held. */
  onPress(press: Press): void;
}

/**
 * A debounced push button. A level counts when two samples in a row agree. At rest nothing runs: an edge starts the sampling,
 * and it ends when the button is up and quiet. While it is down sampling goes on, so that a lost edge cannot hold it down for ever.
 */
export class Button {
  readonly #timers: Timers;
  readonly #onChange: ((down: boolean) => void) | undefined;
  readonly #onPress: (press: Press) => void;
  readonly #pin: InputPin;
  #closed = false;
  #sampling: TimerHandle | undefined;
  /** Debounced: the button is down. */
  #down = false;
  /** What the last sample saw, and when. */
  #last = false;
  #lastAt = 0;
  /** First sample of the run of samples that saw it down. */
  #downSince = 0;
  /** End of the latest stretch in which nobody looked. */
  #blindAt = -Infinity;
  /** The last sample came after such a stretch and decided nothing. */
  #deferred = false;
  /** This press has been told. */
  #told = false;

  constructor({ io, pin, pullUp, timers, onChange, onPress }: ButtonOptions) {
    this.#timers = timers;
    this.#onChange = onChange;
    this.#onPress = onPress;
    this.#pin = new io({
      pin,
      mode: pullUp ? io.InputPullUp : io.Input,
      edge: io.Rising | io.Falling,
      onReadable: () => this.#edge(),
    });
    // Held since before the start: that makes no edge.
    if (this.#pin.read() === 0) this.#edge();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#timers.clear(this.#sampling);
    this.#sampling = undefined;
    this.#pin.close();
  }

  #edge(): void {
    if (this.#closed) return;
    const now = this.#timers.now();
    if (this.#sampling === undefined) {
      this.#sampling = this.#timers.repeat(() => this.#sample(), SAMPLE_INTERVAL);
      this.#look(now);
    } else if (this.#down && (now - this.#lastAt > BLIND || now - this.#blindAt < SAMPLE_INTERVAL)) {
      // The level changed while the event loop was late: it may have been up in between, so the hold starts again.
      this.#downSince = now;
    }
  }

  /** Takes a sample that decides nothing by itself. */
  #look(now: number): void {
    const down = this.#pin.read() === 0;
    if (down && !this.#last && !this.#down) this.#downSince = now;
    this.#last = down;
    this.#lastAt = now;
  }

  #sample(): void {
    const before = this.#last;
    const now = this.#timers.now();
    const gap = now - this.#lastAt;
    // Timers that catch up run in a bunch: samples of one moment agree about nothing.
    if (gap < SAMPLE_INTERVAL / 2) return;
    this.#look(now);
    // An edge of a stretch unseen may be waiting to be told: decide at the next sample, even if that is as late.
    const decide = gap <= BLIND || this.#deferred;
    this.#deferred = !decide;
    if (gap > BLIND) this.#blindAt = now;
    if (decide && this.#last === before) this.#agreed(now);
  }

  /** Two samples in a row saw the same level. */
  #agreed(now: number): void {
    if (this.#last !== this.#down) {
      this.#down = this.#last;
      this.#onChange?.(this.#down);
      if (this.#down) {
        this.#told = false;
        return;
      }
      this.#rest();
      if (!this.#told) this.#tell("short");
    } else if (!this.#down) {
      this.#rest();
    } else if (!this.#told && now - this.#downSince >= LONG_PRESS) {
      this.#tell("long");
    }
  }

  #rest(): void {
    this.#timers.clear(this.#sampling);
    this.#sampling = undefined;
  }

  #tell(press: Press): void {
    this.#told = true;
    this.#onPress(press);
  }
}
