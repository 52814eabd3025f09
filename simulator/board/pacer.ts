// SPDX-License-Identifier: Apache-2.0
/**
 * Moves the board's clock, event by event, as far as the way it is run allows: along with real time, as fast as possible, or in steps.
 * Time passes only while the firmware waits (firmware-clock.ts). A firmware with a clock of its own is waited for at each VSYNC (`hold`).
 */
import { type AlarmHandle, ManualClock } from "../lepton";
import { FirmwareClock } from "./firmware-clock";

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
/** Real milliseconds of events in one turn of the event loop, so that traffic is never kept waiting longer. */
const TURN_LIMIT = 5;
/** An idle clock is still moved this often: well below CATCH_UP_LIMIT, or waiting would count as falling behind. */
const IDLE_TICK = 100;

/** Board seconds in a real second; as fast as possible; or only by `advance`. */
export type Speed = number | "max" | "stepped";

interface Step {
  /** Board time in microseconds. */
  readonly end: number;
  readonly done: () => void;
}

interface Watcher {
  readonly holds: () => boolean;
  /** Board time in microseconds. */
  readonly limit: number;
  readonly done: (held: boolean) => void;
}

/** The board's clock. It reports new alarms to the pacer: they may be due before the pacer's timer. */
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
  readonly firmware: FirmwareClock;
  /** Called with real milliseconds that were given up at once. */
  onSlip: (ms: number) => void = () => undefined;
  readonly #real: RealTime;
  #speed: Speed;
  /** Board time `#boardBase` was (or would have been) at real time `#realBase`. */
  #boardBase: number;
  #realBase: number;
  #running = false;
  #inside = false;
  #timer: unknown;
  /** Board time of the next event when the timer was set; while time may not pass, no alarm is early enough to matter. */
  #wakeAt = 0;
  #owed = 0;
  #heldSince = 0;
  #reacting = false;
  /** False once the firmware has let a hold run out: it is not waited for again before it answers. */
  #answering = true;
  readonly #steps: Step[] = [];
  readonly #watchers = new Set<Watcher>();
  /** Real milliseconds the board fell behind for good, because catching up would have taken too long. */
  slipped = 0;
  /** Times a firmware with a clock of its own left a VSYNC unanswered for the whole limit. */
  overdue = 0;

  constructor(clock: PacedClock, speed: Speed = 1, real: RealTime = systemTime) {
    this.clock = clock;
    this.firmware = new FirmwareClock(() => clock.now(), real);
    this.#speed = speed;
    this.#real = real;
    this.#boardBase = clock.now();
    this.#realBase = real.now();
    this.firmware.onWaiting = () => this.sync();
    this.firmware.onAhead = (time) => this.#follow(time);
    clock.onAlarm = (at) => {
      if (this.#running && !this.#inside && at < this.#wakeAt) this.#schedule();
    };
  }

  get speed(): Speed {
    return this.#speed;
  }

  /** @param speed a number must be above 0 */
  set speed(speed: Speed) {
    this.sync();
    this.#speed = speed;
    this.#rebase();
    this.#schedule();
  }

  /** Real time the board is behind, in milliseconds; negative when transfers have taken it ahead. */
  get behind(): number {
    return typeof this.#speed === "number" ? (this.#target(this.#speed) - this.clock.now()) / 1000 / this.#speed : 0;
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

  /**
   * Stepped: lets board time pass.
   * @param ms milliseconds of board time; 0: only what is due now
   * @returns when it has, and the firmware waits. Real sockets may wake it later.
   * @throws RangeError when the pacer is not stepped
   */
  advance(ms: number): Promise<void> {
    if (this.#speed !== "stepped") throw new RangeError(`time is not stepped: speed ${this.#speed}`);
    const begin = this.#steps[this.#steps.length - 1]?.end ?? this.clock.now();
    return new Promise((done) => {
      this.#steps.push({ end: begin + ms * 1000, done });
      this.sync();
    });
  }

  /**
   * Waits until `holds` is true; it is asked after each event. Stepped time passes for it. The caller continues at that board time, or
   * at most a frame later if the event was one of the sensor alone: the firmware may be ahead by a grant.
   * @param limit milliseconds of board time
   * @returns false when the limit is over
   */
  until(holds: () => boolean, limit: number): Promise<boolean> {
    return new Promise((done) => {
      this.#watchers.add({ holds, limit: this.clock.now() + limit * 1000, done });
      this.sync();
      this.#watch();
    });
  }

  #watch(): void {
    for (const watcher of this.#watchers) {
      const held = watcher.holds();
      if (!held && this.clock.now() < watcher.limit) continue;
      this.#watchers.delete(watcher);
      watcher.done(held);
      this.react();
    }
  }

  /**
   * Board time stands still for one turn of this process's event loop: programs here react to what the board has just reported to
   * them at the board time at which it happened.
   */
  react(): void {
    if (this.#reacting) return;
    this.#reacting = true;
    this.#real.setTimer(() => {
      this.#reacting = false;
      this.sync();
    }, 0);
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

  /** Brings the clock as far as it may go. Called before traffic is handled, when the firmware waits, and by the pacer's own timer. */
  sync(): void {
    // An event may cause traffic or release a hold: the loop that handles it goes on by itself.
    if (!this.#running || this.#inside) return;
    this.#inside = true;
    try {
      this.#advance();
    } finally {
      this.#inside = false;
    }
    this.#schedule();
  }

  /** Stepped time has not come to where it was asked to. */
  get #stepping(): boolean {
    return this.#speed === "stepped" && (this.#steps.length > 0 || this.#watchers.size > 0);
  }

  get #mayPass(): boolean {
    return this.firmware.mayPass && !this.held && !this.#reacting;
  }

  #advance(): void {
    const started = this.#real.now();
    if (this.held) this.#checkHold(started);
    if (typeof this.#speed === "number" && !this.held) this.#slip(this.#speed);
    for (;;) {
      if (this.#watchers.size > 0) this.#watch();
      if (!this.#mayPass) return;
      const own = this.clock.next() ?? Infinity;
      const theirs = this.firmware.next;
      const limit = this.#limit();
      if (Math.min(own, theirs) > limit || Math.min(own, theirs) === Infinity) {
        this.#rest(limit);
        if (!this.#stepping) return;
      } else if (this.#grant(limit)) return;
      else if (own <= theirs) this.clock.ringNext();
      else {
        this.clock.advanceTo(Math.max(theirs, this.clock.now()));
        this.firmware.wake();
      }
      if (this.#real.now() - started > TURN_LIMIT) return;
    }
  }

  /** Lets the firmware go ahead by itself, up to the next alarm that is not foreseen. */
  #grant(limit: number): boolean {
    const { foresight } = this.firmware;
    if (!foresight) return false;
    const other = this.clock.nextOther(foresight.alarms) ?? Infinity;
    return this.firmware.grant(Math.min(Math.ceil(other), Math.floor(limit) + 1));
  }

  /** The firmware went ahead to `time` by itself: the board's events follow, in their order. */
  #follow(time: number): void {
    const inside = this.#inside;
    this.#inside = true;
    try {
      for (;;) {
        const next = this.clock.next() ?? Infinity;
        // The firmware has whole microseconds.
        if (next > time && !(next < time + 1 && (this.firmware.foresight?.ahead ?? 0) > 0)) break;
        this.clock.ringNext();
        if (this.#watchers.size > 0) this.#watch();
      }
      if (time > this.clock.now()) this.clock.advanceTo(time);
    } finally {
      this.#inside = inside;
    }
  }

  /** Nothing is due up to `limit`. */
  #rest(limit: number): void {
    if (limit < Infinity) this.clock.advanceTo(limit);
    if (this.#watchers.size > 0) this.#watch();
    while (this.#steps[0] && this.#steps[0].end <= this.clock.now()) this.#steps.shift()?.done();
  }

  /** How far time may go. What is due now happens now, also when transfers have taken the clock ahead of real time. */
  #limit(): number {
    const now = this.clock.now();
    let end = Infinity;
    if (this.#speed === "stepped") end = this.#steps[0]?.end ?? Infinity;
    else if (this.#speed !== "max") end = this.#target(this.#speed);
    // A wait with a limit ends at its limit, not at the next event.
    for (const { limit } of this.#watchers) end = Math.min(end, limit);
    return end === Infinity && this.#speed === "stepped" ? now : Math.max(end, now);
  }

  #checkHold(now: number): void {
    if (now - this.#heldSince < HOLD_LIMIT) return;
    this.#owed = 0;
    this.#answering = false;
    this.overdue += 1;
  }

  #slip(speed: number): void {
    const excess = (this.#target(speed) - this.clock.now()) / 1000 / speed - CATCH_UP_LIMIT;
    if (excess <= 0) return;
    this.#realBase += excess;
    this.slipped += excess;
    this.onSlip(excess);
  }

  #target(speed: number): number {
    return this.#boardBase + (this.#real.now() - this.#realBase) * 1000 * speed;
  }

  #rebase(): void {
    this.#boardBase = this.clock.now();
    this.#realBase = this.#real.now();
  }

  #schedule(): void {
    this.#real.clearTimer(this.#timer);
    const delay = this.#running ? this.#delay() : undefined;
    if (delay !== undefined) this.#timer = this.#real.setTimer(() => this.sync(), delay);
  }

  /** Real milliseconds to the next look; undefined: something else causes it. */
  #delay(): number | undefined {
    this.#wakeAt = -Infinity;
    if (!this.firmware.mayPass || this.#reacting) return undefined;
    if (this.held) return Math.max(1, HOLD_LIMIT - (this.#real.now() - this.#heldSince));
    const next = Math.min(this.clock.next() ?? Infinity, this.firmware.next);
    this.#wakeAt = next;
    if (this.#speed === "max") return Math.min(next, this.#limit()) < Infinity ? 0 : undefined;
    if (this.#speed === "stepped") return this.#stepping || next <= this.#limit() ? 0 : undefined;
    if (next === Infinity) return IDLE_TICK;
    const wait = (next - this.#target(this.#speed)) / 1000 / this.#speed;
    return wait <= 0 ? 0 : Math.min(IDLE_TICK, Math.max(1, wait));
  }
}
