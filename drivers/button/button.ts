// SPDX-License-Identifier: Apache-2.0
import type { TimerHandle, Timers } from "drivers/timers/timers";

/** Sampling interval, ms. */
const SAMPLE_INTERVAL = 50;
/** Duration of a long press, ms, from the first sample that was down. */
const LONG_PRESS = 5_000;
/** Samples further apart than this, ms, may have missed a release. */
const MAXIMUM_GAP = 3 * SAMPLE_INTERVAL;

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
  /** Use the internal pull-up: the board has no resistor. */
  pullUp: boolean;
  timers: Timers;
  /** The debounced state has changed. */
  onChange?(down: boolean): void;
  /** "short" on release before LONG_PRESS, "long" once while still held. */
  onPress(press: Press): void;
}

/**
 * A debounced push button. A level counts when two consecutive samples agree. An edge starts the sampling, which ends
 * when the button is up; no timer runs in between. Sampling continues while it is down, so a lost edge cannot leave it down.
 */
export class Button {
  private readonly timers: Timers;
  private readonly onChange: ((down: boolean) => void) | undefined;
  private readonly onPress: (press: Press) => void;
  private readonly pin: InputPin;
  private closed = false;
  private sampling: TimerHandle | undefined;
  /** Debounced: the button is down. */
  private down = false;
  /** Level of the last sample (true: down), and its time. */
  private last = false;
  private lastAt = 0;
  /** Time of the first of the consecutive samples that were down. */
  private downSince = 0;
  /** End of the latest gap longer than MAXIMUM_GAP. */
  private gapEnd = -Infinity;
  /** The last sample came after such a gap and was not used. */
  private deferred = false;
  /** This press has been reported. */
  private reported = false;

  constructor({ io, pin, pullUp, timers, onChange, onPress }: ButtonOptions) {
    this.timers = timers;
    this.onChange = onChange;
    this.onPress = onPress;
    this.pin = new io({
      pin,
      mode: pullUp ? io.InputPullUp : io.Input,
      edge: io.Rising | io.Falling,
      onReadable: () => this.edge(),
    });
    // A button already held at the start causes no edge.
    if (this.pin.read() === 0) this.edge();
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.timers.clear(this.sampling);
    this.sampling = undefined;
    this.pin.close();
  }

  private edge(): void {
    if (this.closed) return;
    const now = this.timers.now();
    if (this.sampling === undefined) {
      this.sampling = this.timers.repeat(() => this.sample(), SAMPLE_INTERVAL);
      this.readPin(now);
    } else if (this.down && (now - this.lastAt > MAXIMUM_GAP || now - this.gapEnd < SAMPLE_INTERVAL)) {
      // The level changed while the event loop was late. It may have been up in between, so the press starts again.
      this.downSince = now;
    }
  }

  /** Reads the level, without deciding on it. */
  private readPin(now: number): void {
    const down = this.pin.read() === 0;
    if (down && !this.last && !this.down) this.downSince = now;
    this.last = down;
    this.lastAt = now;
  }

  private sample(): void {
    const before = this.last;
    const now = this.timers.now();
    const gap = now - this.lastAt;
    // After a stall several samples run back to back; they count as one.
    if (gap < SAMPLE_INTERVAL / 2) return;
    this.readPin(now);
    // An edge during the gap may still be queued: decide at the next sample, even if that is also late.
    const decide = gap <= MAXIMUM_GAP || this.deferred;
    this.deferred = !decide;
    if (gap > MAXIMUM_GAP) this.gapEnd = now;
    if (decide && this.last === before) this.agreed(now);
  }

  /** Two consecutive samples have the same level. */
  private agreed(now: number): void {
    if (this.last !== this.down) {
      this.down = this.last;
      this.onChange?.(this.down);
      if (this.down) {
        this.reported = false;
        return;
      }
      this.rest();
      if (!this.reported) this.report("short");
    } else if (!this.down) {
      this.rest();
    } else if (!this.reported && now - this.downSince >= LONG_PRESS) {
      this.report("long");
    }
  }

  private rest(): void {
    this.timers.clear(this.sampling);
    this.sampling = undefined;
  }

  private report(press: Press): void {
    this.reported = true;
    this.onPress(press);
  }
}
