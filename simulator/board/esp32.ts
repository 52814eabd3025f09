// SPDX-License-Identifier: Apache-2.0
/** The ESP32: power, reset, boot selection, and what follows the end of the firmware. */
import type { AlarmHandle } from "../lepton";
import { EXIT_RESTART, type Launch, type Run, type RunEnd } from "./firmware-process";
import type { Journal } from "./journal";
import type { Pacer } from "./pacer";
import { Signal } from "./signal";
import type { BootChoice, OtaData } from "./storage/ota-data";
import { DiskError } from "./storage/disk";
import { PowerLost } from "./storage/power-cut";

export type ResetCause = "power-on" | "reset-pin" | "software" | "watchdog" | "panic" | "brown-out";

/** `off`: no power. `waiting`: will start again by itself. `ended`: the firmware has ended in order, or nothing can boot. */
export type ChipState = "off" | "running" | "waiting" | "ended";

/** Board time without feeding, in µs. */
const WATCHDOG = 30e6;
/** Board time in µs before the restart after a crash, for the bootloader; doubled for each one in a row, so that a crash loop leaves time. */
const CRASH_PAUSE = 250e3;
const CRASH_PAUSE_MAX = 4000e3;

export interface ChipParts {
  readonly pacer: Pacer;
  readonly journal: Journal;
  readonly ota: OtaData;
  readonly launch: Launch;
  /** The firmware's connections to the board end, and (until it is started again) none is accepted. */
  disconnect(accept: boolean): void;
}

export class Chip {
  readonly changed = new Signal<ChipState>();
  readonly #parts: ChipParts;
  #state: ChipState = "off";
  #choice: BootChoice | undefined;
  #cause: ResetCause = "power-on";
  #run: Run | undefined;
  /** The run that lost its power: how it ends means nothing, also when the power is back before it has ended. */
  #cutOff: Run | undefined;
  /** What the run that is being ended is followed by. */
  #next: ResetCause | undefined;
  #crashes = 0;
  #starts = 0;
  #pause: AlarmHandle | undefined;
  readonly #alarms = new Set<AlarmHandle>();
  #fedAt = 0;
  #watching = false;

  constructor(parts: ChipParts) {
    this.#parts = parts;
  }

  get state(): ChipState {
    return this.#state;
  }
  /** The image that runs, or ran last. */
  get choice(): BootChoice | undefined {
    return this.#choice;
  }
  /** The running image is valid: it is not on trial any more. @throws PowerLost */
  markValid(): void {
    if (!this.#choice) return;
    this.#parts.ota.markValid(this.#choice.label);
    this.#choice = { ...this.#choice, trial: false };
  }
  get cause(): ResetCause {
    return this.#cause;
  }
  /** Crashes and watchdog resets in a row. */
  get crashes(): number {
    return this.#crashes;
  }
  /** The firmware has run long enough to be trusted again. */
  clearCrashes(): void {
    this.#crashes = 0;
  }
  /** Starts of the firmware since the board was made. */
  get starts(): number {
    return this.#starts;
  }
  get pid(): number | undefined {
    return this.#state === "running" ? this.#run?.pid : undefined;
  }

  /** Power comes. Does nothing when it is there. @returns when the firmware has been started */
  async powerOn(): Promise<void> {
    if (this.#state !== "off") return;
    this.#set("waiting");
    this.#crashes = 0;
    // A run that was ended a moment ago may still hold its ports. When it has ended, `#ended` starts the firmware. Until then
    // time stands still in lock-step.
    if (this.#run) await this.#run.ended;
    else this.#start("power-on");
  }

  /** Power goes, at this instant. @returns when the firmware's process is gone */
  async powerOff(): Promise<void> {
    // First of all: what the others do without power must not reach a firmware that still runs.
    this.#run?.kill();
    this.#set("off");
    this.#next = undefined;
    this.#cutOff = this.#run;
    await this.#kill();
  }

  /** A reset of the chip; without power nothing happens. @returns when the firmware has been started again */
  async reset(cause: ResetCause): Promise<void> {
    if (this.#state === "off") return;
    if (cause === "software") this.#crashes = 0;
    if (!this.#run) return this.#start(cause);
    this.#next = cause;
    await this.#kill();
    // `#ended` has run before this, since it waits for the same promise and was there first.
  }

  /** Keeps the watchdog quiet; at the start of the firmware, starts it. */
  feedWatchdog(): void {
    if (!this.#run?.watched) return;
    this.#fedAt = this.#parts.pacer.clock.now();
    if (this.#watching) return;
    this.#watching = true;
    this.#watch();
  }

  #watch(): void {
    const fedAt = this.#fedAt;
    this.#alarm(fedAt + WATCHDOG, () => {
      if (this.#fedAt !== fedAt) return this.#watch();
      this.#parts.journal.log("E", "board", "the watchdog was not fed for 30 s: reset");
      this.#crashed();
      void this.reset("watchdog");
    });
  }

  #start(cause: ResetCause): void {
    this.#endPause();
    const { journal, ota } = this.#parts;
    this.#cause = cause;
    try {
      this.#choice = ota.boot((text) => journal.log("W", "board", text));
    } catch (error) {
      if (error instanceof PowerLost) return; // in the bootloader: the power is off by now
      if (!(error instanceof DiskError)) throw error;
      journal.log("E", "board", `the flash cannot be read or written: ${error.message}`);
      return this.#set("ended");
    }
    if (!this.#choice) {
      journal.log("E", "board", "no partition holds an image that can run");
      return this.#set("ended");
    }
    const { label, image, trial } = this.#choice;
    const remark = trial ? ", on trial" : "";
    journal.log("I", "board", `start (${cause}): ${image.project} ${image.version} from ${label}${remark}`);
    this.#parts.disconnect(true);
    this.#starts += 1;
    const run = this.#parts.launch((text) => journal.firmware(text));
    this.#run = run;
    this.#parts.pacer.firmware.started(run);
    void run.ended.then((end) => this.#ended(run, end));
    this.feedWatchdog();
    this.#scheduleBehaviour(run, image.behaviour);
    this.#set("running");
  }

  /** Bad images for tests of the rollback do what their makers asked. */
  #scheduleBehaviour(run: Run, behaviour: { crashAfter?: number; hangAfter?: number }): void {
    const now = this.#parts.pacer.clock.now();
    if (behaviour.crashAfter !== undefined) this.#alarm(now + behaviour.crashAfter * 1000, () => run.kill());
    if (behaviour.hangAfter !== undefined) this.#alarm(now + behaviour.hangAfter * 1000, () => this.#hang(run));
  }

  #hang(run: Run): void {
    if (run.lockStep) this.#parts.pacer.firmware.stall(Infinity);
    else run.suspend();
  }

  #ended(run: Run, end: RunEnd): void {
    if (this.#run !== run) return;
    this.#run = undefined;
    this.#stopAlarms();
    this.#parts.disconnect(false);
    if (run !== this.#cutOff) this.#follow(end);
    else {
      this.#next = undefined;
      if (this.#state === "waiting") this.#start("power-on");
    }
    // Only now may time pass: a restart has followed at once, and programs react to the end at this board time.
    this.#parts.pacer.react();
    if (!this.#run) this.#parts.pacer.firmware.ended();
  }

  /** What follows the end of the firmware. */
  #follow(end: RunEnd): void {
    const next = this.#next;
    this.#next = undefined;
    if (next !== undefined) return this.#start(next);
    if (end.code === EXIT_RESTART) {
      this.#crashes = 0;
      return this.#start("software");
    }
    if (end.code === 0) {
      this.#parts.journal.log("W", "board", "the firmware has ended; a reset starts it again");
      return this.#set("ended");
    }
    const how = end.signal === null ? `exit code ${end.code}` : `signal ${end.signal}`;
    this.#parts.journal.log("E", "board", `the firmware has crashed (${how})`);
    this.#crashed();
    this.#set("waiting");
    const { clock } = this.#parts.pacer;
    const pause = Math.min(CRASH_PAUSE * 2 ** (this.#crashes - 1), CRASH_PAUSE_MAX);
    this.#pause = clock.alarm(clock.now() + pause, () => this.#state === "waiting" && this.#start("panic"));
  }

  #endPause(): void {
    if (this.#pause) this.#parts.pacer.clock.cancel(this.#pause);
    this.#pause = undefined;
  }

  #crashed(): void {
    this.#crashes += 1;
  }

  async #kill(): Promise<void> {
    this.#endPause();
    this.#stopAlarms();
    const run = this.#run;
    run?.kill();
    this.#parts.disconnect(false);
    await run?.ended;
  }

  #alarm(at: number, callback: () => void): void {
    const alarm = this.#parts.pacer.clock.alarm(at, () => {
      this.#alarms.delete(alarm);
      callback();
    });
    this.#alarms.add(alarm);
  }

  #stopAlarms(): void {
    for (const alarm of this.#alarms) this.#parts.pacer.clock.cancel(alarm);
    this.#alarms.clear();
    this.#watching = false;
  }

  #set(state: ChipState): void {
    this.#state = state;
    this.#parts.journal.event("chip", { state, cause: this.#cause, partition: this.#choice?.label ?? null });
    this.changed.emit(state);
  }
}
