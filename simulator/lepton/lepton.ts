// SPDX-License-Identifier: Apache-2.0

import { Cci } from "./cci";
import type { CciPart } from "./cci";
import type { AlarmHandle, Clock } from "./clock";
import type { Catalogue, Command, Part } from "./command";
import { addAgcCommands, AGC } from "./commands-agc";
import { addOemCommands, GPIO_MODE_VSYNC } from "./commands-oem";
import { addRadCommands, RAD } from "./commands-rad";
import { addSysCommands, SYS } from "./commands-sys";
import { addVidCommands } from "./commands-vid";
import { FaultSwitches } from "./faults";
import { Ffc, FFC_STATE } from "./ffc";
import { FrameSource } from "./frame-source";
import { Gain } from "./gain";
import { Imager } from "./imager";
import { TRAITS } from "./models";
import type { Model, Traits } from "./models";
import type { LeptonOptions, LeptonState, PowerState } from "./options";
import { BOOT_US, CCI_ADDRESS, REG, VIDEO_START_US } from "./registers";
import type { Scene } from "./scene/scene";
import { Segments } from "./segments";
import { SegmentClock } from "./sequencer";
import { defaultSettings } from "./settings";
import type { Settings } from "./settings";
import { Thermal } from "./thermal";
import { VoSPI } from "./vospi";

const DEFAULT_STARTUP_FFC_US = 4_000_000;

/** A frame before it is cut into packets. */
export interface SensorFrame {
  /** The frame counter. */
  readonly number: number;
  /** 160 x 120 pixels, row by row; valid until the next frame. */
  readonly words: Uint16Array;
  /** Rows A to D of telemetry. */
  readonly telemetry: Uint16Array;
}

/** Settings with a visible effect in pixels or telemetry. */
const VISIBLE_SETTINGS: ReadonlySet<number> = new Set<number>([
  AGC.ENABLE,
  SYS.GAIN_MODE,
  RAD.FLUX_LINEAR_PARAMETERS,
  RAD.TLINEAR_ENABLE,
  RAD.TLINEAR_RESOLUTION,
  RAD.SPOTMETER_ROI,
]);

/**
 * An emulated FLIR Lepton 3.x, at its pins. It does no IO and has no time of its own: the board moves `clock`, and I2C and
 * SPI carry what a real part would send at that moment.
 */
export class Lepton implements Part, CciPart {
  readonly model: Model;
  readonly traits: Traits;
  readonly partNumber: string;
  readonly clock: Clock;
  readonly faults: FaultSwitches;
  readonly settings: Settings;
  readonly thermal = new Thermal();
  readonly ffc: Ffc;
  readonly gain: Gain;
  readonly imager: Imager;
  readonly catalogue: Catalogue = new Map();
  readonly strict: boolean;
  /** Called at each rising edge of VSYNC with board time in microseconds and the pulse's number since reset. */
  onVsync: ((timeUs: number, pulse: number) => void) | undefined;
  userDefaultsWritten = false;

  private view: Scene;
  private readonly write: (text: string) => void;
  /** Lines that the log has about the present scene. */
  private readonly logged = new Set<string>();
  private readonly segments = new Segments();
  private readonly segmentClock: SegmentClock;
  private readonly vospi: VoSPI;
  private readonly cci: Cci;
  private readonly source: FrameSource;
  private userDefaults: Settings | undefined;
  private powered = false;
  private held = false;
  private standby = false;
  /** Blocked by I2C access during boot, until a power cycle. */
  private hung = false;
  /** Software power-down was left once; the next time needs a power cycle. */
  private woken = false;
  private poweredAt = 0;
  private releasedAt = 0;
  private pulses = 0;
  private bootAlarm: AlarmHandle | undefined;

  constructor(options: LeptonOptions) {
    this.model = options.model;
    this.traits = TRAITS[options.model];
    this.partNumber = options.partNumber ?? this.traits.partNumber;
    this.clock = options.clock;
    this.view = options.scene;
    this.strict = options.strictness === "datasheet";
    this.write = options.log ?? ((): void => undefined);
    const seed = options.seed ?? 1;
    this.faults = new FaultSwitches(options.clock, seed);
    this.settings = defaultSettings(options.model);
    this.ffc = new Ffc(this.settings, this.thermal, (options.startupFfcUs ?? DEFAULT_STARTUP_FFC_US) / 1000);
    this.gain = new Gain(this.settings);
    this.imager = new Imager({ ...this.pictureParts(), seed });
    this.segmentClock = new SegmentClock(options.clock, this.segmentClockOptions());
    this.vospi = new VoSPI(this.segments, this.segmentClock, this.faults, this.strict, (text) => this.log(text));
    this.source = new FrameSource(
      { ...this.pictureParts(), imager: this.imager, faults: this.faults, segments: this.segments, vospi: this.vospi },
      options.frozen === "repeat",
    );
    this.cci = new Cci(this);
    addAgcCommands(this.catalogue, this);
    addSysCommands(this.catalogue, this);
    addVidCommands(this.catalogue, this);
    addOemCommands(this.catalogue, this);
    addRadCommands(this.catalogue, this);
  }

  private pictureParts(): Pick<Lepton, "model" | "settings" | "thermal" | "ffc" | "gain"> {
    return { model: this.model, settings: this.settings, thermal: this.thermal, ffc: this.ffc, gain: this.gain };
  }

  /** The scene in front of the part; a change takes effect with the next frame. */
  get scene(): Scene {
    return this.view;
  }
  set scene(scene: Scene) {
    this.view = scene;
    this.logged.clear();
    this.logRecording();
  }

  // ---- Pins -------------------------------------------------------------------------------------------------------

  /** Switches the supplies on or off. */
  power(on: boolean): void {
    if (on === this.powered) return;
    this.powered = on;
    this.hung = false;
    this.woken = false;
    if (!on) this.halt();
    else {
      this.poweredAt = this.clock.now();
      if (!this.held) this.boot();
    }
  }

  /** The RESET_L pin; `level` true holds the part in reset. */
  reset(level: boolean): void {
    if (level === this.held) return;
    this.held = level;
    if (!this.powered) return;
    if (level) this.halt();
    else this.boot();
  }

  /** The address at which the CCI answers. */
  get i2cAddress(): number {
    return this.faults.isOn("i2cAddress") ? this.faults.value("i2cAddress") : CCI_ADDRESS;
  }

  /** Writes to the CCI's I2C address: register address, then words, high bytes first. @returns false: not acknowledged */
  i2cWrite(bytes: Uint8Array): boolean {
    if (this.standby && this.powered && !this.held && isWake(bytes)) {
      this.wake();
      return true;
    }
    if (!this.acknowledges()) return false;
    this.cci.write(bytes);
    return true;
  }

  /** Reads `count` bytes from the register that the last write addressed. @returns undefined: not acknowledged */
  i2cRead(count: number): Uint8Array | undefined {
    return this.acknowledges() ? this.cci.read(count) : undefined;
  }

  /** The chip select pin; `low` true selects. */
  spiSelect(low: boolean): void {
    this.vospi.select(low, this.clock.now());
  }

  /**
   * Clocks `count` bytes at `hz` from MISO into the beginning of `into`.
   * The clock need not move meanwhile; a second transfer at the same clock time follows the first without a gap.
   */
  spiTransfer(count: number, hz: number, into: Buffer): void {
    this.vospi.transfer(count, 8_000_000 / hz, this.clock.now(), into);
    const state = this.powerState;
    if (state !== "running") into.fill(0, 0, count);
  }

  /** What rings at the next segment. */
  get nextSegment(): AlarmHandle | undefined {
    return this.segmentClock.nextAlarm;
  }

  /**
   * Calls `each` for the segments still to come in this frame, as a reader gets them that reads each one in a transfer of `bytes` when
   * VSYNC rises: if until then nothing but time acts on the part.
   * @param each gets the time of VSYNC in microseconds, and bytes (at least so many) that are valid until the next call
   * @returns when the next frame begins; undefined when more than time decides what comes
   */
  foresee(bytes: number, each: (time: number, segment: Buffer) => void): number | undefined {
    const { faults, settings, source, vospi } = this;
    const steady = this.powerState === "running" && settings.gpioMode === GPIO_MODE_VSYNC && !source.overTemperature;
    if (!steady || faults.any || !vospi.readsWhole(bytes)) return undefined;
    return this.segmentClock.restOfFrame((slot, time) => each(time, source.foresee(slot)));
  }

  /** The frame that VoSPI carries now. */
  get frame(): SensorFrame {
    this.develop();
    return { number: this.source.frames, words: this.imager.words, telemetry: this.source.telemetryWords };
  }

  /** When the last transfer ended, in board time: at most a transfer's length ahead of the clock. */
  get spiFreeAt(): number {
    return this.vospi.freeAt;
  }

  // ---- Power and boot ---------------------------------------------------------------------------------------------

  private get powerState(): PowerState {
    if (!this.powered) return "off";
    if (this.held) return "reset";
    if (this.standby) return "standby";
    return this.clock.now() - this.releasedAt < BOOT_US ? "booting" : "running";
  }

  private halt(): void {
    this.segmentClock.stop();
    if (this.bootAlarm !== undefined) this.clock.cancel(this.bootAlarm);
    this.bootAlarm = undefined;
  }

  /** Leaves reset: everything but the one-time programmable memory returns to its defaults. */
  private boot(soft = false): void {
    this.halt();
    this.develop();
    const now = this.clock.now();
    const stuck = soft && this.vospi.state === "stuck";
    this.releasedAt = now;
    this.standby = false;
    this.pulses = 0;
    this.applyDefaults();
    this.thermal.update((now - this.poweredAt) / 1e6);
    this.ffc.reset();
    this.imager.reset();
    this.source.reset(now, this.poweredAt);
    this.cci.reset();
    this.vospi.reset(now);
    // Observed on real parts: commands do not end stuck discards.
    if (stuck) this.vospi.stick();
    this.bootAlarm = this.clock.alarm(now + VIDEO_START_US, () => this.segmentClock.start(now + VIDEO_START_US));
    this.log(soft ? "reboot" : "out of reset");
    this.logRecording();
  }

  /** Explains in the log why AGC, gain or emissivity change nothing, although a SET succeeds. */
  private logRecording(): void {
    if (this.view.kind !== "words" || this.view.telemetry === undefined) return;
    this.logOnce(`scene ${JSON.stringify(this.view.name)} is a recording: its pixels and telemetry are sent as they are, no setting changes them`); // prettier-ignore
  }

  private acknowledges(): boolean {
    const state = this.powerState;
    if (state === "booting") {
      if (!this.hung && this.faults.strikes("earlyAccessHang")) {
        this.hung = true;
        this.log("CCI blocked by access during boot until a power cycle");
      }
      return false;
    }
    return state === "running" && !this.hung && !this.faults.strikes("i2cNack");
  }

  /** Leaves software power-down. */
  wake(): void {
    if (!this.standby) return;
    if (this.woken) {
      this.log("software power-on works once; a power cycle is needed");
      return;
    }
    this.woken = true;
    this.boot(true);
  }

  powerDown(): void {
    this.standby = true;
    this.halt();
    this.log("standby");
  }

  reboot(): void {
    this.faults.clear("needsReboot");
    this.boot(true);
  }

  private applyDefaults(): void {
    Object.assign(this.settings, this.userDefaults ?? defaultSettings(this.model));
    this.gain.reset();
  }

  writeUserDefaults(): void {
    this.userDefaults = { ...this.settings };
    this.userDefaultsWritten = true;
  }

  restoreUserDefaults(): void {
    this.applyDefaults();
  }

  // ---- For commands -----------------------------------------------------------------------------------------------

  get commands(): number {
    return this.cci.commands;
  }
  get shutdownFrames(): number {
    return this.source.shutdownFrames;
  }
  get overTemperature(): boolean {
    return this.source.overTemperature;
  }
  get averagingFrames(): number {
    return this.source.averagingFrames;
  }
  set averagingFrames(frames: number) {
    this.source.averagingFrames = frames;
  }

  /** Milliseconds since the release of reset. */
  uptimeMs(): number {
    return Math.floor((this.clock.now() - this.releasedAt) / 1000);
  }

  runFfc(): boolean {
    return this.ffc.begin();
  }

  log(text: string): void {
    this.write(text);
  }

  private logOnce(text: string): void {
    if (this.logged.has(text)) return;
    this.logged.add(text);
    this.log(text);
  }

  develop(): void {
    this.imager.develop();
  }

  changed(id: number, { name }: Command): void {
    const recorded = this.scene.kind === "words" && this.scene.telemetry !== undefined;
    if (recorded && VISIBLE_SETTINGS.has(id))
      this.logOnce(
        `${name} was set, but the scene is a recording: its pixels and telemetry stay as they were recorded`,
      );
  }

  // ---- The segment clock ------------------------------------------------------------------------------------------

  private segmentClockOptions(): ConstructorParameters<typeof SegmentClock>[1] {
    const vsyncPhase = (): number => this.settings.vsyncPhase;
    return {
      onSegment: (slot, time) => this.onSegment(slot, time),
      onVsync: (time) => this.vsync(time),
      get vsyncPhase(): number {
        return vsyncPhase();
      },
    };
  }

  private onSegment(slot: number, time: number): void {
    if (this.faults.strikes("sensorReset")) {
      this.log("fault: the part resets itself");
      this.boot();
      return;
    }
    this.source.segment(this.scene, slot, time, this.releasedAt);
    if (this.source.shutdownFrames <= 0) this.powerDown();
  }

  private vsync(time: number): void {
    if (this.settings.gpioMode !== GPIO_MODE_VSYNC || this.faults.strikes("missingVsync")) return;
    this.pulses += 1;
    this.onVsync?.(time, this.pulses);
  }

  // ---- State ------------------------------------------------------------------------------------------------------

  /** State of the part as plain data, fit for JSON. */
  state(): LeptonState {
    const { settings, ffc, gain } = this;
    return {
      model: this.model,
      partNumber: this.partNumber,
      power: this.powerState,
      scene: this.scene.name,
      uptimeMs: this.powered && !this.held ? this.uptimeMs() : 0,
      sync: this.vospi.state,
      frames: this.source.frames,
      segments: this.source.segmentCount,
      vsyncPulses: this.pulses,
      syncLosses: this.vospi.losses,
      commands: this.cci.commands,
      telemetry: settings.telemetryEnable === 1,
      agc: settings.agcEnable === 1,
      tlinear: this.traits.radiometric && settings.tlinearEnable === 1,
      gain: {
        mode: (["high", "low", "auto"] as const)[settings.gainMode] ?? "high",
        effective: gain.low ? "low" : "high",
      },
      ffc: {
        state: FFC_STATE_NAMES[ffc.state],
        mode: (["manual", "auto", "external"] as const)[settings.ffcMode] ?? "auto",
        count: ffc.count,
        lastMs: ffc.lastMs,
      },
      fpaKelvin: this.thermal.fpaKelvin,
      housingKelvin: this.thermal.housingKelvin,
      faults: this.faults.list(),
    };
  }
}

const FFC_STATE_NAMES = {
  [FFC_STATE.NEVER]: "never",
  [FFC_STATE.IMMINENT]: "imminent",
  [FFC_STATE.IN_PROGRESS]: "in progress",
  [FFC_STATE.COMPLETE]: "complete",
} as const;

function isWake(bytes: Uint8Array): boolean {
  return bytes.length >= 4 && bytes[0] === REG.POWER && bytes[1] === REG.POWER && bytes[2] === 0 && bytes[3] === 0;
}
