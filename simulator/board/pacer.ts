// SPDX-License-Identifier: Apache-2.0
/**
 * Moves the board's clock along with real time, times a speed, and never past what the firmware has kept up with:
 * while the clock is held (a VSYNC not yet answered) board time stands still.
 */
import { type AlarmHandle, ManualClock } from "../lepton";

/** Real time, so that tests can give their own. */
export interface RealTime {
  /** Milliseconds, monotonic, with fractions. */
  now(): number;
  setTimer(callback: () => void, ms: number): unknown;
  clearTimer(timer: unknown): void;
}

export const systemTime: RealTime = {
  now: () => performance.now(),
  // Below a millisecond a timer would come too late; an immediate lets pending traffic in first.
  setTimer: (callback, ms) => (ms > 0 ? setTimeout(callback, ms) : setImmediate(callback)),
  clearTimer: (timer) => {
    clearTimeout(timer as NodeJS.Timeout);
    clearImmediate(timer as NodeJS.Immediate);
  },
};

/** Real milliseconds. */
const CATCH_UP_LIMIT = 250;
const HOLD_LIMIT = 1000;
/** Real milliseconds of alarms rung in one turn of the event loop, so that traffic is never kept waiting longer. */
const TURN_LIMIT = 5;
/** An idle clock is still moved this often: well below CATCH_UP_LIMIT, or waiting would count as falling behind. */
const IDLE_TICK = 100;

/** The board's clock: it tells its pacer of new alarms, which may be due before the pacer would look again. */
export class PacedClock extends ManualClock {
  onAlarm: (at: number) => void = () => undefined;

  override alarm(at: number, callback: () => void): AlarmHandle {
    const handle = super.alarm(at, callback);
    this.onAlarm(at);
    return handle;
  }
}

export class Pacer {
  readonly clock: PacedClock;
  readonly #real: RealTime;
  #speed: number;
  /** Board time `#boardBase` was (or would have been) at real time `#realBase`. */
  #boardBase: number;
  #realBase: number;
  #running = false;
  #inside = false;
  #timer: unknown;
  /** Board time of the next alarm when the timer was set; while held, no alarm is early enough to matter. */
  #wakeAt = 0;
  #owed = 0;
  #heldSince = 0;
  /** False once the firmware has let a hold run out: it is not waited for again before it answers. */
  #answering = true;
  /** Real milliseconds the board fell behind for good, because catching up would have taken too long. */
  slipped = 0;
  /** Times the firmware left a VSYNC unanswered for the whole limit. */
  overdue = 0;

  constructor(clock: PacedClock, speed = 1, real: RealTime = systemTime) {
    this.clock = clock;
    this.#speed = speed;
    this.#real = real;
    this.#boardBase = clock.now();
    this.#realBase = real.now();
    clock.onAlarm = (at) => {
      if (this.#running && !this.#inside && at < this.#wakeAt) this.#schedule();
    };
  }

  get speed(): number {
    return this.#speed;
  }

  /** @param speed board seconds in a real second, > 0 */
  set speed(speed: number) {
    this.sync();
    this.#speed = speed;
    this.#rebase();
    this.#schedule();
  }

  /** Real time the board is behind, in milliseconds; negative when transfers have taken it ahead. */
  get behind(): number {
    return (this.#target() - this.clock.now()) / 1000 / this.#speed;
  }

  /** Real time in milliseconds, as this pacer sees it. */
  realTime(): number {
    return this.#real.now();
  }

  get held(): boolean {
    return this.#owed > 0;
  }

  start(): void {
    if (this.#running) return;
    this.#running = true;
    this.#rebase();
    this.#schedule();
  }

  stop(): void {
    this.#running = false;
    this.#real.clearTimer(this.#timer);
  }

  /** The clock stands still until `release`, or for a second at most. Holds add up. */
  hold(): void {
    if (!this.#answering) return;
    this.#owed += 1;
    this.#heldSince = this.#real.now();
  }

  /** Takes one hold back, or all of them. Without a hold it does nothing. */
  release(all = false): void {
    this.#answering = true;
    if (this.#owed === 0) return;
    this.#owed = all ? 0 : this.#owed - 1;
    if (this.#owed === 0) this.sync();
  }

  /** Board time passes because something takes that long on the wire, also while the clock is held. In microseconds. */
  consume(us: number): void {
    const inside = this.#inside;
    this.#inside = true;
    try {
      this.clock.advance(us);
    } finally {
      this.#inside = inside;
    }
  }

  /** Brings the clock up to real time, as far as it may go. Called before traffic is handled, and by the pacer's own timer. */
  sync(): void {
    // An alarm's callback may cause traffic or release a hold: the loop that rings it goes on by itself.
    if (!this.#running || this.#inside) return;
    this.#inside = true;
    try {
      this.#advance();
    } finally {
      this.#inside = false;
    }
    this.#schedule();
  }

  #advance(): void {
    const started = this.#real.now();
    if (this.held) {
      if (started - this.#heldSince < HOLD_LIMIT) return;
      this.#owed = 0;
      this.#answering = false;
      this.overdue += 1;
    }
    this.#slip();
    const target = this.#target();
    const clock = this.clock;
    while (!this.held) {
      // What is due now rings now, also when transfers have taken the clock ahead of real time.
      const reach = Math.max(target, clock.now());
      const next = clock.next() ?? Infinity;
      if (next > reach) return clock.advanceTo(reach);
      clock.advanceTo(Math.max(next, clock.now()));
      if (this.#real.now() - started > TURN_LIMIT) return;
    }
  }

  #slip(): void {
    const excess = this.behind - CATCH_UP_LIMIT;
    if (excess <= 0) return;
    this.#realBase += excess;
    this.slipped += excess;
  }

  #target(): number {
    return this.#boardBase + (this.#real.now() - this.#realBase) * 1000 * this.#speed;
  }

  #rebase(): void {
    this.#boardBase = this.clock.now();
    this.#realBase = this.#real.now();
  }

  #schedule(): void {
    this.#real.clearTimer(this.#timer);
    if (!this.#running) return;
    this.#timer = this.#real.setTimer(() => this.sync(), this.#delay());
  }

  #delay(): number {
    if (this.held) {
      this.#wakeAt = -Infinity;
      return Math.max(1, HOLD_LIMIT - (this.#real.now() - this.#heldSince));
    }
    const next = this.clock.next();
    this.#wakeAt = next ?? Infinity;
    if (next === undefined) return IDLE_TICK;
    const wait = (next - this.#target()) / 1000 / this.#speed;
    return wait <= 0 ? 0 : Math.min(IDLE_TICK, Math.max(1, wait));
  }
}
