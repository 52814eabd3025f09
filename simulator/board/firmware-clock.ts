// SPDX-License-Identifier: Apache-2.0
/**
 * What the board's clock knows of the firmware. In lock-step (docs/board-link.md) one side has the clock: time passes only
 * while the firmware waits.
 */
import type { AlarmHandle } from "../lepton";
import type { RealTime } from "./pacer";

/**
 * `absent`: none runs. `own clock`: it is not in lock-step. `running`: it has the clock, or its process starts or ends.
 * `waiting`: the board has the clock. `hung`: it does not give the clock back, so time passes without it.
 */
export type FirmwareState = "absent" | "own clock" | "running" | "waiting" | "hung";

/** A frame of lock-step that the firmware will get. */
export interface Foreseen {
  /** Board time in microseconds. */
  readonly at: number;
  readonly channel: number;
  readonly bytes: Uint8Array;
  /** It repeats an earlier one of the same grant, but for some bytes. */
  readonly like?: { readonly index: number; readonly changes: readonly Range[] };
}

/** From a first byte to the one before `end`. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/** A part of the board that knows what it will send as long as nothing but time acts on the board. */
export interface Foresight {
  /** The board's alarms that do nothing else. */
  readonly alarms: readonly (AlarmHandle | undefined)[];
  /** What it will send, in order. @returns and until when (µs) it knows everything; undefined when it does not */
  foresee(): { readonly frames: readonly Foreseen[]; readonly end: number } | undefined;
  /** The firmware has got the next `count` frames in advance: they are not sent when their time comes. */
  given(count: number): void;
  /** Frames given in advance whose time has not come. */
  readonly ahead: number;
}

/** The firmware's end of lock-step. */
export interface LockStepFirmware {
  /** Gives it the clock, for as long as it sends nothing: up to `end` (µs), with what it will get before. */
  grant(end: number, frames: readonly Foreseen[]): void;
  /** Gives it the clock, with the time. */
  wake(): void;
  /** Sends the frames that were kept back. */
  flush(): void;
  /** Applies what the firmware has sent so far, though it still has the clock. */
  takeTurn(): void;
}

/** A process that runs, as far as it matters here. */
export interface FirmwareProcess {
  readonly lockStep: boolean;
  /** CPU time it has used, in seconds; undefined when it cannot be read. */
  cpuSeconds(): number | undefined;
}

/** A firmware that uses this much CPU time without waiting once counts as hung. A stopped or starved process uses none. */
const HANG_CPU = 5;
/** Real milliseconds between two looks at it. */
const LOOK = 500;
/** Frames that make a grant: one alone is sent when its time comes. */
const LEAST_GRANT = 2;

export class FirmwareClock {
  /** Called when time may pass again. */
  onWaiting: () => void = () => undefined;
  /** Called when the firmware counts as hung. */
  onHang: () => void = () => undefined;
  /** Called when the firmware has gone ahead of the board's clock by itself, with the board time (µs) it has come to. */
  onAhead: (time: number) => void = () => undefined;
  foresight: Foresight | undefined;
  /** False: each frame is sent when its time comes, which must make no difference to the firmware. */
  grants = true;
  readonly #now: () => number;
  readonly #real: RealTime;
  #state: FirmwareState = "absent";
  #process: FirmwareProcess | undefined;
  #link: LockStepFirmware | undefined;
  #next = Infinity;
  #stallUntil: number | undefined;
  #stallWanted: number | undefined;
  /** Board time up to which the firmware is to stop, from the moment it waits. */
  #stopWanted: number | undefined;
  /** Counts the times the firmware got the clock. */
  #turn = 0;
  #look: unknown;
  /** Frames of the grant that the firmware has; undefined: it has none. */
  #granted: number | undefined;
  /** It took none of the last grant: one frame is sent when its time comes before there is another grant. */
  #declined = false;

  /** @param now board time in microseconds */
  constructor(now: () => number, real: RealTime) {
    this.#now = now;
    this.#real = real;
  }

  get state(): FirmwareState {
    return this.#state;
  }
  get mayPass(): boolean {
    return this.#state !== "running";
  }
  get lockStep(): boolean {
    return this.#link !== undefined;
  }
  /** Board time at which the firmware or the end of its stall is due, in microseconds. */
  get next(): number {
    if (this.#stallUntil !== undefined) return this.#stallUntil;
    return this.#state === "waiting" ? this.#next : Infinity;
  }
  /** Nothing reaches the firmware. */
  get stalled(): boolean {
    return this.#stallUntil !== undefined;
  }

  /**
   * Lets the firmware go ahead of the board's clock by itself, as far as is foreseen.
   * @param limit µs, not included
   * @returns false when that is not worth a message
   */
  grant(limit: number): boolean {
    const { foresight } = this;
    if (!this.grants || !foresight || !this.#link || this.#state !== "waiting" || this.stalled) return false;
    const foreseen = foresight.foresee();
    if (!foreseen || this.#declined) {
      this.#declined = false;
      return false;
    }
    const end = Math.min(limit, Math.ceil(foreseen.end));
    const frames = foreseen.frames.filter(({ at }) => at < end);
    if (frames.length < LEAST_GRANT) return false;
    this.#granted = frames.length;
    this.#link.grant(end, frames);
    return true;
  }

  /** What is due at `next`. */
  wake(): void {
    if (this.#stallUntil !== undefined) {
      this.#stallUntil = undefined;
      this.#link?.flush();
    }
    if (this.#state === "waiting" && this.#next <= this.#now()) this.#link?.wake();
  }

  /** For the chip: a process is started. */
  started(process: FirmwareProcess): void {
    this.#process = process;
    if (process.lockStep) this.busy();
    else this.#set("own clock");
  }
  /** For the chip: it has ended. */
  ended(): void {
    this.#process = undefined;
    this.#set("absent");
  }

  /** For the link: the firmware has opened lock-step. */
  attach(link: LockStepFirmware): void {
    this.#link = link;
    this.busy();
  }
  /** For the link: the connection is closed. The process may still run. */
  detach(): void {
    this.#link = undefined;
    this.#stallUntil = undefined;
    this.#stallWanted = undefined;
    this.#granted = undefined;
    this.#stopWanted = undefined;
    // Until the process has ended, time stands still.
    if (this.#process) this.#state = "running";
  }
  /** For the link: the grant is over. The firmware has come to `time` (µs) and has taken the first `count` frames. */
  ahead(time: number, count: number): void {
    if (this.#granted === undefined) return;
    this.#granted = undefined;
    this.#declined = count === 0;
    this.foresight?.given(count);
    this.onAhead(time);
    this.foresight?.given(0);
  }
  /** For the link: the firmware has the clock. */
  busy(): void {
    this.#next = Infinity;
    if (this.#state === "running" || this.#state === "hung") return;
    this.#state = "running";
    this.#turn += 1;
    this.#look ??= this.#real.setTimer(() => this.#examine(this.#turn, undefined), LOOK);
  }
  /** For the link: the firmware waits, for its timer at `next` at the longest. */
  waits(next: number): void {
    this.#next = next;
    const stall = this.#stallWanted;
    this.#stallWanted = undefined;
    if (stall !== undefined) this.#stallUntil = this.#now() + stall;
    if (this.#stopWanted !== undefined) this.#stallUntil = Math.max(this.#stallUntil ?? 0, this.#stopWanted);
    this.#stopWanted = undefined;
    this.#set("waiting");
  }

  /**
   * The fault `firmwareStalls`: for this long nothing reaches the firmware, as if its program stood still; from the moment it waits.
   * @param us board microseconds; Infinity: until it is reset
   */
  stall(us: number): void {
    if (this.#state !== "waiting") this.#stallWanted = us;
    else this.#stallUntil = this.#now() + us;
  }

  /**
   * The flash is busy: both cores stop, so nothing reaches the firmware, as in a stall. A firmware with its own clock goes on.
   * @param us board time of the end
   */
  stopUntil(us: number): void {
    if (!this.#link) return;
    if (this.#state !== "waiting") this.#stopWanted = Math.max(this.#stopWanted ?? 0, us);
    else this.#stallUntil = Math.max(this.#stallUntil ?? 0, us);
  }

  #set(state: FirmwareState): void {
    this.#state = state;
    if (state === "absent" || state === "own clock") {
      this.#real.clearTimer(this.#look);
      this.#look = undefined;
    }
    this.onWaiting();
  }

  /** @param begun CPU time of the process when it was first looked at in this turn */
  #examine(turn: number, begun: number | undefined): void {
    this.#look = undefined;
    if (this.#state !== "running" && this.#state !== "waiting") return;
    const same = this.#state === "running" && this.#turn === turn;
    const used = this.#state === "running" ? this.#process?.cpuSeconds() : undefined;
    const since = same && begun !== undefined ? begun : used;
    if (used !== undefined && since !== undefined && used - since > HANG_CPU) {
      this.foresight?.given(this.#granted ?? 0);
      this.#granted = undefined;
      this.#link?.takeTurn();
      this.onHang();
      return this.#set("hung");
    }
    const next = this.#turn;
    this.#look = this.#real.setTimer(() => this.#examine(next, since), LOOK);
  }
}
