// SPDX-License-Identifier: Apache-2.0
import { isSilence } from "drivers/lepton/errors";
import type { Lepton, LeptonConfiguration, LeptonIdentity } from "drivers/lepton/lepton";
import type { Stall, VoSPIStatistics } from "drivers/vospi/vospi";
import { sleep, type TimerHandle, type Timers } from "drivers/timers/timers";
import { messageOf, type Log } from "modules/log/log";
import { Fault, type FaultSink } from "modules/status/fault";
import type { Frame } from "./frame";
import { timeCounter } from "./telemetry";

/** The part of drivers/vospi that this policy needs. */
export interface FrameCapture {
  start(): void;
  stop(): void;
  read(): Frame | undefined;
  /** Makes the bus quiet for work that stops the CPU, until resume(). */
  pause(): Promise<void>;
  resume(): void;
  /** Resynchronisations so far. */
  readonly resyncs: number;
  readonly statistics: VoSPIStatistics;
}

export interface FrameCaptureCallbacks {
  onReadable(): void;
  onStall(stall: Stall): void;
}

export interface SensorOptions {
  /** Both throw when the peripheral cannot be set up. Each retry calls them again. */
  openLepton(): Lepton;
  openVoSPI(callbacks: FrameCaptureCallbacks): FrameCapture;
  /** The sensor's reset line: 1 holds the sensor in reset. Undefined on a board without one. */
  reset: { write(level: 0 | 1): void } | undefined;
  /**
   * Time of the timers at which the board's power came, and the sensor's with it: the sensor is booting and is not reset
   * at start. Undefined after a restart without loss of power: it is reset.
   */
  poweredAt?: number | undefined;
  timers: Timers;
  log: Log;
  faults: FaultSink;
  /** Configuration to apply after each reset of the sensor. */
  configuration(): LeptonConfiguration;
  onFrame(frame: Frame): void;
  /** The sensor is being reset: frames held so far are out of date. */
  onReset(): void;
}

/** The sensor cannot be used now. The message is a phrase for the client. */
export class SensorUnavailable extends Error {}

const RESET_PULSE_MS = 10;
/** IDD 2.1.1 requires 950 ms without I2C after the reset; the original firmware waits 1000. */
const BOOT_MS = 1000;
/** A sensor that was not reset and is not ready within this time after BOOT_MS is reset. */
const UNRESET_LIMIT_MS = 200;
/** The sensor's clock may be ahead of the board's time since power-on by this. A larger difference: its power did not come with the board's. */
const UNRESET_TOLERANCE_MS = 2000;
/**
 * Back-off of the resets while the sensor stays dead after the first one; the last interval repeats without end. A sensor
 * without power for a moment is soon back. It is never probed in between: an I2C access within 950 ms of its power-on can
 * block its CCI (IDD 2.1.1), and the firmware cannot see when its power comes.
 */
const RETRY_MS: readonly number[] = Object.freeze([1000, 2000, 5000, 15_000, 60_000]);
/** After an FFC the first frame comes within a frame period of 115 ms. */
const VIDEO_RETURN_MS = 500;
/** Longest wait of a command for a sensor that is starting. */
const START_TIMEOUT_MS = 5000;
/**
 * Largest difference between the Lepton's clock and the camera's between two frames. A larger one means that the Lepton
 * restarted.
 */
const COUNTER_TOLERANCE_MS = 60_000;
/** Resynchronisations are logged at most this often. */
const RESYNC_LOG_MS = 60_000;

const STARTING = "the Lepton is starting";
const SILENT = "the Lepton does not answer";
const STALLS: Readonly<Record<Stall, { fault: Fault; phrase: string }>> = Object.freeze(
  {
    "no-vsync": { fault: Fault.VoSPI, phrase: "the Lepton sends no VSYNC" },
    "no-sync": { fault: Fault.Sync, phrase: "the Lepton's video cannot be synchronised" },
    "no-segments": { fault: Fault.Sync, phrase: "the Lepton's video has no valid segments" },
  },
  true,
);

/**
 * Keeps the sensor running: configures it at start, after a reset unless it booted with the board, and resets and
 * configures it when its video stalls, its CCI stops answering or it has restarted by itself. The first reset after a
 * good frame, or after a start without one, is immediate (followed by a reboot command if the reset did not help); later
 * ones follow RETRY_MS.
 */
export class Sensor {
  private readonly options: SensorOptions;
  private readonly log: Log;
  private lepton: Lepton | undefined;
  private vospi: FrameCapture | undefined;
  private state: "new" | "starting" | "running" | "failed" = "new";
  /** The attempt in progress; never rejects. */
  private attempt: Promise<void> = Promise.resolve();
  private retry: TimerHandle | undefined;
  /** SensorOptions.poweredAt until the first attempt. */
  private poweredAt: number | undefined;
  /** The same, from an attempt without a reset to its first frame. */
  private unreset: number | undefined;
  /** Failures since the last good frame. */
  private failures = 0;
  private stall: Stall | undefined;
  /** The CCI has failed since its last initialisation, so good frames alone do not end the fault. */
  private cciFailed = false;
  private outagePhrase: string | undefined = STARTING;
  /** The Lepton's clock at the newest frame, undefined before the first; below, the camera's clock. */
  private counter: number | undefined;
  private captured = 0;
  /** Resynchronisations already logged, and when the next ones may be. */
  private resyncs = 0;
  private nextResyncLog = 0;
  /** Tasks during which the sensor sends no valid segments, and until when they may still be missing. */
  private videoPauses = 0;
  private videoDue = -Infinity;

  constructor(options: SensorOptions) {
    this.options = options;
    this.log = options.log;
    this.poweredAt = options.poweredAt;
  }

  get identity(): LeptonIdentity | undefined {
    return this.lepton?.identity;
  }

  /** The reason why no frames can be expected, as a phrase, or undefined. */
  get outage(): string | undefined {
    return this.outagePhrase;
  }

  start(): void {
    if (this.state === "new") this.try();
  }

  /** Resolves when the video bus is quiet, at once if it is not in use; it stays so until resumeVideo(). */
  async pauseVideo(): Promise<void> {
    await this.vospi?.pause();
  }

  resumeVideo(): void {
    this.vospi?.resume();
  }

  /** Counters of the video since the start; undefined when VoSPI could not be opened. */
  statistics(): VoSPIStatistics | undefined {
    return this.vospi?.statistics;
  }

  /**
   * Runs a task on a ready Lepton; waits for one that is starting.
   * Rejects with SensorUnavailable when the sensor is not available, or as the task does.
   */
  async use<T>(task: (lepton: Lepton) => Promise<T>): Promise<T> {
    const { timers } = this.options;
    const deadline = timers.now() + START_TIMEOUT_MS;
    while (this.state === "starting") {
      const left = deadline - timers.now();
      if (left <= 0) throw new SensorUnavailable(STARTING);
      await this.attemptOr(left);
    }
    if (this.state !== "running" || !this.lepton) throw new SensorUnavailable(this.outagePhrase ?? SILENT);
    try {
      return await task(this.lepton);
    } catch (error) {
      if (isSilence(error)) this.onCCIFailure(error);
      throw error;
    }
  }

  /** The same with a task, such as an FFC, during which the sensor sends no valid segments. */
  async useWithoutVideo<T>(task: (lepton: Lepton) => Promise<T>): Promise<T> {
    this.videoPauses += 1;
    try {
      return await this.use(task);
    } finally {
      this.videoPauses -= 1;
      this.videoDue = this.options.timers.now() + VIDEO_RETURN_MS;
    }
  }

  /** Configures the sensor again after a reset that is not a fault; resets it first unless it was just `rebooted`. */
  restart(reason: string, rebooted = false): void {
    if (this.state !== "running") return;
    this.log.info(reason);
    this.try(rebooted);
  }

  private async attemptOr(limit: number): Promise<void> {
    const { timers } = this.options;
    let timer: TimerHandle | undefined;
    await Promise.race([this.attempt, new Promise<void>((resolve) => (timer = timers.set(resolve, limit)))]);
    timers.clear(timer);
  }

  private try(rebooted = false): void {
    this.options.timers.clear(this.retry);
    this.retry = undefined;
    this.state = "starting";
    this.outagePhrase ??= STARTING;
    this.counter = undefined;
    // Asynchronous, because an attempt that fails at once may start the next one.
    this.attempt = Promise.resolve().then(() => this.bringUp(rebooted));
  }

  private async bringUp(rebooted: boolean): Promise<void> {
    const { faults } = this.options;
    try {
      this.vospi?.stop();
      this.options.onReset();
      const { lepton, vospi } = this.open();
      this.unreset = this.poweredAt;
      this.poweredAt = undefined;
      if (this.unreset !== undefined) await this.bootSince(this.unreset);
      else if (rebooted) await this.boot();
      else await this.reset(lepton);
      // The quiet 185 ms before the first transfer pass during the set-up, which enables VSYNC last.
      vospi.start();
      const limit = this.unreset !== undefined && this.options.reset ? UNRESET_LIMIT_MS : undefined;
      const { partNumber, model } = await lepton.initialize(this.options.configuration(), limit);
      this.state = "running";
      this.cciFailed = false;
      if (this.failures === 0) this.outagePhrase = undefined;
      faults.clear(Fault.CCI);
      this.log.info(`Lepton ${model} (${partNumber}) is set up`);
    } catch (error) {
      this.onSetupFailure(error);
    }
  }

  /** Opens each peripheral that is not open yet. */
  private open(): { lepton: Lepton; vospi: FrameCapture } {
    const { faults } = this.options;
    const lepton = (this.lepton ??= open(Fault.Peripheral, () => this.options.openLepton()));
    faults.clear(Fault.Peripheral);
    lepton.hold("the Lepton is being reset");
    const vospi = (this.vospi ??= open(Fault.VoSPI, () =>
      this.options.openVoSPI({ onReadable: () => this.onReadable(), onStall: (stall) => this.onStall(stall) }),
    ));
    return { lepton, vospi };
  }

  /**
   * Resets through the reset line. Sends the reboot command on a board without the line, or when the line did not bring
   * segment numbers back (reported for a 3.1R).
   */
  private async reset(lepton: Lepton): Promise<void> {
    const { reset, timers } = this.options;
    if (reset) {
      reset.write(1);
      await sleep(timers, RESET_PULSE_MS);
      reset.write(0);
    }
    await this.boot();
    if (!(reset ? this.needsReboot : this.failures > 0)) return;
    this.log.info("reboot by command");
    await lepton.reboot();
    await this.boot();
  }

  private boot(): Promise<void> {
    return this.bootSince(this.options.timers.now());
  }

  private bootSince(start: number): Promise<void> {
    return sleep(this.options.timers, Math.max(0, start + BOOT_MS - this.options.timers.now()));
  }

  private onSetupFailure(error: unknown): void {
    this.vospi?.stop();
    const fault = error instanceof OpenError ? error.fault : Fault.CCI;
    const text = messageOf(error);
    this.state = "failed";
    this.outagePhrase = SILENT;
    this.log.error(text);
    this.options.faults.raise(fault, text);
    this.fail();
  }

  private onCCIFailure(error: Error): void {
    if (this.state !== "running" || this.cciFailed) return;
    this.cciFailed = true;
    this.log.error(error.message);
    this.options.faults.raise(Fault.CCI, error.message);
    this.fail();
  }

  private onStall(stall: Stall): void {
    if (this.state !== "running" || (stall === "no-segments" && this.videoPaused)) return;
    const { fault, phrase } = STALLS[stall];
    const other = fault === Fault.Sync ? Fault.VoSPI : Fault.Sync;
    this.options.faults.clear(other);
    this.options.faults.raise(fault, phrase);
    if (this.outagePhrase !== phrase) this.log.error(`${phrase} (${this.counters()})`);
    this.outagePhrase = phrase;
    this.stall = stall;
    // The driver reports a stall repeatedly: keep the retry that the first report scheduled.
    if (!this.retry) this.fail();
  }

  private get videoPaused(): boolean {
    return this.videoPauses > 0 || this.options.timers.now() < this.videoDue;
  }

  /** Segment numbers are still missing after a reset through the line. */
  private get needsReboot(): boolean {
    return this.failures >= 2 && this.stall === "no-segments";
  }

  private fail(): void {
    this.failures += 1;
    if (this.failures === 1 || (this.failures === 2 && this.needsReboot)) {
      this.try();
      return;
    }
    const wait = RETRY_MS[Math.min(this.failures - 2, RETRY_MS.length - 1)] as number;
    this.log.warn(`next reset of the Lepton in ${wait / 1000} s`);
    this.options.timers.clear(this.retry);
    this.retry = this.options.timers.set(() => this.try(), wait);
  }

  private onReadable(): void {
    const frame = this.vospi?.read();
    if (!frame) return;
    if (this.state !== "running") {
      frame.close();
      return;
    }
    if (this.ranBefore(frame)) {
      frame.close();
      this.restart("the Lepton has run since before the board's start");
      return;
    }
    if (this.hasRestarted(frame)) {
      frame.close();
      this.restart("the Lepton has restarted by itself");
      return;
    }
    this.onGoodFrame();
    this.logResyncs();
    this.options.onFrame(frame);
  }

  private logResyncs(): void {
    const { timers } = this.options;
    const resyncs = this.vospi?.resyncs ?? 0;
    if (resyncs === this.resyncs || timers.now() < this.nextResyncLog) return;
    this.resyncs = resyncs;
    this.nextResyncLog = timers.now() + RESYNC_LOG_MS;
    this.log.warn(`the Lepton's video was resynchronised (${this.counters()})`);
  }

  /** The video's counters that are not zero, as text. */
  private counters(): string {
    return Object.entries(this.statistics() ?? {})
      .filter(([, count]) => count > 0)
      .map(([name, count]) => `${name} ${count}`)
      .join(", ");
  }

  private onGoodFrame(): void {
    if (this.failures === 0) return;
    const { faults, timers } = this.options;
    this.failures = 0;
    this.stall = undefined;
    this.outagePhrase = undefined;
    faults.clear(Fault.Sync);
    faults.clear(Fault.VoSPI);
    this.log.info("the Lepton's video is back");
    if (this.cciFailed) return;
    timers.clear(this.retry);
    this.retry = undefined;
  }

  /** The reset pin of an ESP32 looks like a power-on, but leaves the sensor running with its settings. */
  private ranBefore(frame: Frame): boolean {
    const poweredAt = this.unreset;
    this.unreset = undefined;
    return poweredAt !== undefined && timeCounter(frame) > frame.captured - poweredAt + UNRESET_TOLERANCE_MS;
  }

  /**
   * A restarted Lepton counts from 0 again: in 32-bit arithmetic that is a forward jump larger than any clock drift.
   */
  private hasRestarted(frame: Frame): boolean {
    const last = this.counter;
    const passed = frame.captured - this.captured;
    this.counter = timeCounter(frame);
    this.captured = frame.captured;
    return last !== undefined && (this.counter - last) >>> 0 > passed + COUNTER_TOLERANCE_MS;
  }
}

/** A peripheral could not be set up; carries the fault to raise. */
class OpenError extends Error {
  readonly fault: Fault;

  constructor(fault: Fault, cause: unknown) {
    super(messageOf(cause), { cause });
    this.fault = fault;
  }
}

const open = <T>(fault: Fault, factory: () => T): T => {
  try {
    return factory();
  } catch (error) {
    throw new OpenError(fault, error);
  }
};
