// SPDX-License-Identifier: Apache-2.0
import { STATUS_READY } from "drivers/lepton/cci";
import { Commands, Operation } from "drivers/lepton/commands";
import { isSilence } from "drivers/lepton/errors";
import type { Box, Lepton, LeptonConfiguration, LeptonIdentity, LeptonModel } from "drivers/lepton/lepton";
import type { Timers } from "drivers/timers/timers";
import type { VoSPIStatistics } from "drivers/vospi/vospi";
import { Emitter } from "modules/events/emitter";
import { messageOf, type Log } from "modules/log/log";
import {
  type CameraConfig,
  type CameraService,
  type CciResult,
  CommandError,
  type Spotmeter,
} from "modules/protocol/services";
import { FlashTurns } from "./flash-turns";
import type { Frame, FrameSink, FrameSource } from "./frame";
import { Sensor, type SensorOptions } from "./sensor";
import { type PictureMode, Settling } from "./settling";
import { FFCState, ffcState, isShutterLockedOut } from "./telemetry";

/** Storage of the camera's settings: modules/settings, or memory for settings that last until the next start. */
export interface CameraStore {
  read(): Readonly<CameraConfig>;
  /** Stores all of the change or nothing; throws on failure. */
  write(change: Partial<CameraConfig>): void;
}

export interface CameraOptions extends Omit<SensorOptions, "configuration" | "onFrame" | "onReset"> {
  store: CameraStore;
}

export interface CameraEvents {
  /** The first frame has been offered to the subscribers. */
  firstFrame: [];
  /** The sensor has a fault. */
  fault: [];
}

/** Bits 9:8 of `Model`. */
const MODEL_BITS: Readonly<Record<LeptonModel, number>> = Object.freeze({ "3.5": 0x000, "3.0": 0x100, "3.1R": 0x200 });

/** Assumed until the sensor has been identified. */
const UNKNOWN: LeptonIdentity = Object.freeze({ partNumber: "", model: "3.5", radiometric: true });

/** An outage is reported after this time without a frame, unless an FFC holds frames back. */
const SILENCE_MS = 5000;
/** Longest FFC, whether telemetry announced it or a client ordered it. */
const FFC_TIMEOUT_MS = 10_000;

/** CCI commands that change the picture mode when a client sends them. */
const MODE_COMMANDS: readonly number[] = Object.freeze(
  [
    Commands.AGC_ENABLE.id | Operation.SET,
    Commands.RAD_ENABLE.id | Operation.SET,
    Commands.RAD_TLINEAR_ENABLE.id | Operation.SET,
  ],
  true,
);
/** CCI commands that change a setting of set_config when a client sends them. */
const SETTING_COMMANDS: Readonly<Record<number, keyof CameraConfig>> = Object.freeze(
  {
    [Commands.AGC_ENABLE.id | Operation.SET]: "agc_enabled",
    [Commands.RAD_TLINEAR_ENABLE.id | Operation.SET]: "agc_enabled",
    [Commands.RAD_FLUX_PARAMETERS.id | Operation.SET]: "emissivity",
    [Commands.SYS_GAIN_MODE.id | Operation.SET]: "gain_mode",
  },
  true,
);
const REBOOT = Commands.OEM_REBOOT.id | Operation.RUN;

/** Owns the sensor: applies settings, runs clients' sensor commands, and offers each frame once to each subscriber. */
export class Camera extends Emitter<CameraEvents> implements CameraService, FrameSource {
  private readonly sensor: Sensor;
  private readonly store: CameraStore;
  private readonly timers: Timers;
  private readonly log: Log;
  private readonly sinks = new Set<FrameSink>();
  private readonly settling = new Settling();
  private readonly turns: FlashTurns;
  private pause: { end(): void } | undefined;
  private presentConfig: Readonly<CameraConfig>;
  /** Settings whose value in the sensor is unknown: the next change sends them even if the stored value is the same. */
  private readonly doubtful = new Set<keyof CameraConfig>();
  private spotmeter: Box | undefined;
  private latestFrame: Frame | undefined;
  /** State from the newest frame, in one reused object; `at` is undefined before the first frame. */
  private readonly last: { at: number | undefined; ffc: FFCState; lockedOut: boolean } = {
    at: undefined,
    ffc: FFCState.Never,
    lockedOut: false,
  };
  private ffcUntil = -Infinity;
  /** Serialises changes, so that each starts from the result of the previous one. */
  private changes: Promise<unknown> = Promise.resolve();

  constructor(options: CameraOptions) {
    super();
    const { faults } = options;
    this.store = options.store;
    this.timers = options.timers;
    this.log = options.log;
    this.turns = new FlashTurns(options.timers);
    this.presentConfig = { ...options.store.read() };
    this.sensor = new Sensor({
      ...options,
      faults: {
        raise: (fault, reason) => {
          faults.raise(fault, reason);
          this.emit("fault");
        },
        clear: (fault) => faults.clear(fault),
      },
      configuration: () => this.configuration(),
      onFrame: (frame) => this.onFrame(frame),
      onReset: () => this.setLatest(undefined),
    });
    const first: FrameSink = {
      offer: () => {
        this.unsubscribe(first);
        this.emit("firstFrame");
      },
    };
    this.subscribe(first);
  }

  /** Configures the sensor, resets it first unless it booted with the board, and retries on failure. */
  start(): void {
    this.sensor.start();
  }

  /** Counters of the video since the start; undefined when VoSPI could not be opened. */
  videoStatistics(): VoSPIStatistics | undefined {
    return this.sensor.statistics();
  }

  /**
   * Makes the video bus quiet for work that stops the CPU, such as erasing flash. Costs two frames for up to 300 ms. Resolves
   * also when resumeVideo() ends the pause before it has begun.
   */
  async pauseVideo(): Promise<void> {
    if (this.pause) throw new Error("the video is paused already");
    const pause = { end: (): void => undefined };
    this.pause = pause;
    const end = await this.turns.take("pause");
    if (this.pause !== pause) {
      end(false);
      return;
    }
    pause.end = end;
    await this.sensor.pauseVideo();
  }

  resumeVideo(): void {
    this.pause?.end();
    this.pause = undefined;
    this.sensor.resumeVideo();
  }

  /**
   * Runs work that writes flash outside of pauses of the video, as far from them as a stream needs. Without pauses it runs at
   * once. The next pause waits for it.
   */
  async writeFlash<T>(work: () => Promise<T>): Promise<T> {
    const end = await this.turns.take("write");
    try {
      return await work();
    } finally {
      end();
    }
  }

  get config(): Readonly<CameraConfig> {
    return this.presentConfig;
  }

  /** The sensor's identity, or the default identity before one was found. */
  get lepton(): LeptonIdentity {
    return this.sensor.identity ?? UNKNOWN;
  }

  /** Bits 9:8 of `Model`, in position. */
  get modelBits(): number {
    return MODEL_BITS[this.lepton.model];
  }

  setConfig(change: Partial<CameraConfig>): Promise<void> {
    return this.change(async () => {
      const before = this.presentConfig;
      const next = { ...before, ...change };
      const store = async (lepton: Lepton): Promise<void> => {
        try {
          await this.apply(lepton, before, next, (key) => this.doubtful.has(key) && change[key] !== undefined);
          this.store.write(next);
          this.presentConfig = next;
          for (const key of Object.keys(change)) this.doubtful.delete(key as keyof CameraConfig);
        } catch (error) {
          // A sensor that does not answer is reset and configured again, so no rollback is needed.
          if (!isSilence(error)) await this.rollBack(lepton, next, before);
          throw error;
        }
      };
      // The turn comes first: between the sensor's state and its first command there must be no wait.
      await this.writeFlash(() => this.ask(store));
    });
  }

  setSpotmeter({ r1, c1, r2, c2 }: Spotmeter): Promise<void> {
    const box = { r1, c1, r2, c2 };
    return this.change(async () => {
      const applied = await this.ask((lepton) => lepton.setSpotmeter(box));
      if (!applied) this.logUnsupported("spotmeter");
      this.spotmeter = box;
    });
  }

  async runFFC(): Promise<void> {
    if (this.last.lockedOut && this.sensor.outage === undefined)
      throw new CommandError("the Lepton has locked its shutter: too hot or too cold");
    const run = async (lepton: Lepton): Promise<void> => {
      this.ffcUntil = this.timers.now() + FFC_TIMEOUT_MS;
      try {
        await lepton.runFFC();
      } finally {
        this.ffcUntil = -Infinity;
      }
    };
    await this.ask(run, true);
  }

  readCCI(command: number, length: number): Promise<CciResult> {
    return this.ask(async (lepton) => {
      const { status, data } = await lepton.readCCI(command, length);
      return { status, data: bytesOfWords(data) };
    });
  }

  async writeCCI(command: number, data: Uint8Array): Promise<CciResult> {
    const status = await this.ask((lepton) => this.writeWords(lepton, command, wordsOfBytes(data)));
    return { status, data: new Uint8Array(0) };
  }

  subscribe(sink: FrameSink): void {
    this.sinks.add(sink);
  }

  unsubscribe(sink: FrameSink): void {
    this.sinks.delete(sink);
  }

  latest(): Frame | undefined {
    return this.latestFrame;
  }

  outage(): string | undefined {
    const reason = this.sensor.outage;
    const { at, ffc } = this.last;
    if (reason !== undefined || at === undefined) return reason;
    const now = this.timers.now();
    const silent = now - at;
    const inFFC =
      now < this.ffcUntil || ((ffc === FFCState.Imminent || ffc === FFCState.InProgress) && silent < FFC_TIMEOUT_MS);
    return silent < SILENCE_MS || inFFC ? undefined : `no image from the Lepton for ${Math.floor(silent / 1000)} s`;
  }

  private configuration(): LeptonConfiguration {
    this.doubtful.clear();
    const { agc_enabled, emissivity, gain_mode } = this.presentConfig;
    return { agc: agc_enabled === 1, emissivity, gain: gain_mode, spotmeter: this.spotmeter };
  }

  private change<T>(task: () => Promise<T>): Promise<T> {
    const result = this.changes.then(task);
    this.changes = result.catch(() => undefined);
    return result;
  }

  /** Runs a task on the Lepton; every failure reaches the client as a CommandError. */
  private async ask<T>(task: (lepton: Lepton) => Promise<T>, withoutVideo = false): Promise<T> {
    try {
      return await (withoutVideo ? this.sensor.useWithoutVideo(task) : this.sensor.use(task));
    } catch (error) {
      throw new CommandError(messageOf(error), { cause: error });
    }
  }

  /**
   * Sends settings that differ between two configurations or whose value is unknown, in the order AGC, emissivity,
   * gain.
   */
  private async apply(
    lepton: Lepton,
    from: CameraConfig,
    to: CameraConfig,
    anyway: (key: keyof CameraConfig) => boolean = () => false,
  ): Promise<void> {
    const due = (key: keyof CameraConfig): boolean => to[key] !== from[key] || anyway(key);
    if (due("agc_enabled")) await this.switchAGC(lepton, to.agc_enabled === 1);
    if (due("emissivity") && !(await lepton.setEmissivity(to.emissivity))) this.logUnsupported("emissivity");
    if (due("gain_mode") && !(await lepton.setGainMode(to.gain_mode))) this.logUnsupported("gain_mode");
  }

  private async switchAGC(lepton: Lepton, on: boolean): Promise<void> {
    let mode: PictureMode | undefined;
    this.settling.begin();
    try {
      await lepton.setAGC(on);
      mode = this.lepton.radiometric ? { agc: on, tlinear: !on } : { agc: on };
    } finally {
      this.settling.end(this.timers.now(), mode);
    }
  }

  /**
   * Rolls back a change that failed half-way. If the rollback fails too, the next sensor reset or set_config restores
   * the settings.
   */
  private async rollBack(lepton: Lepton, from: CameraConfig, to: CameraConfig): Promise<void> {
    try {
      await this.apply(lepton, from, to);
    } catch (error) {
      for (const key of Object.keys(to) as (keyof CameraConfig)[]) if (from[key] !== to[key]) this.doubtful.add(key);
      this.log.warn(`settings not rolled back: ${messageOf(error)}; the next sensor reset or set_config restores them`);
    }
  }

  private async writeWords(lepton: Lepton, command: number, words: Uint16Array): Promise<number> {
    if (command === REBOOT) {
      // The sensor does not report the result of a reboot. It restarts with its own defaults, and its settings must be
      // restored.
      await lepton.reboot();
      this.sensor.restart("a client rebooted the Lepton", true);
      return STATUS_READY;
    }
    const setting = SETTING_COMMANDS[command];
    if (setting) this.doubtful.add(setting);
    if (!MODE_COMMANDS.includes(command)) return (await lepton.writeCCI(command, words)).status;
    this.settling.begin();
    try {
      return (await lepton.writeCCI(command, words)).status;
    } finally {
      this.settling.end(this.timers.now());
    }
  }

  private logUnsupported(setting: string): void {
    this.log.warn(
      `${setting}: stored without effect: a Lepton ${this.lepton.model} is not radiometric and has no such setting`,
    );
  }

  private onFrame(frame: Frame): void {
    this.last.at = this.timers.now();
    this.last.ffc = ffcState(frame);
    this.last.lockedOut = isShutterLockedOut(frame);
    if (!this.settling.accepts(frame)) {
      frame.close();
      return;
    }
    this.setLatest(frame);
    for (const sink of this.sinks) this.offer(sink, frame);
  }

  /** Offers the frame to one sink. An error in one sink must not keep the frame from the others. */
  private offer(sink: FrameSink, frame: Frame): void {
    try {
      sink.offer(frame);
    } catch (error) {
      this.log.error(`a reader failed on frame ${frame.sequence}: ${String(error)}; the others get the frame`);
    }
  }

  private setLatest(frame: Frame | undefined): void {
    const last = this.latestFrame;
    this.latestFrame = frame;
    last?.close();
  }
}

const bytesOfWords = (words: Uint16Array): Uint8Array => {
  const bytes = new Uint8Array(2 * words.length);
  const view = new DataView(bytes.buffer);
  words.forEach((word, i) => view.setUint16(2 * i, word, true));
  return bytes;
};

const wordsOfBytes = (bytes: Uint8Array): Uint16Array => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const words = new Uint16Array(bytes.length >> 1);
  for (let i = 0; i < words.length; i++) words[i] = view.getUint16(2 * i, true);
  return words;
};
