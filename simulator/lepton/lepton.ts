// SPDX-License-Identifier: Apache-2.0

import type { Clock } from "./clock";
import { FaultSwitches } from "./faults";
import type { FaultReport } from "./faults";
import type { Model } from "./models";
import type { Scene } from "./scene/scene";

export { ManualClock } from "./clock";
export type { AlarmHandle, Clock } from "./clock";
export { FAULT_NAMES, FAULTS, FaultSwitches, isFaultName } from "./faults";
export type { FaultName, FaultReport, FaultSetting } from "./faults";
export type { Model } from "./models";
export type { Scene, ThermalScene, WordScene } from "./scene/scene";

/** How a part is made. */
export interface LeptonOptions {
  model: Model;
  clock: Clock;
  scene: Scene;
  /** Noise, drift and faults are the same for the same seed. Default 1. */
  seed?: number;
  /** How strictly an unread segment is punished (see docs/emulated-lepton.md). Default tolerant. */
  strictness?: "tolerant" | "datasheet";
  /** What a segment carries while video is frozen during an FFC: number 0, or the last frame again. Default invalid. */
  frozen?: "invalid" | "repeat";
  /** From the release of reset to the start-up FFC, in microseconds. Default 4,000,000. */
  startupFfcUs?: number;
  /** Receives a line for everything a real part would do in silence: refused commands, faults, resets. */
  log?: (text: string) => void;
  /** The string OEM FLIR Part Number answers, in place of the model's own. */
  partNumber?: string;
}

/** A summary of the part for people and control APIs: plain data. */
export interface LeptonState {
  model: Model;
  partNumber: string;
  power: "off" | "reset" | "booting" | "running" | "standby";
  scene: string;
  uptimeMs: number;
  sync: "idle" | "discard" | "stream" | "lost" | "stuck";
  frames: number;
  segments: number;
  vsyncPulses: number;
  /** Times the reader lost sync since power-up. */
  syncLosses: number;
  commands: number;
  telemetry: boolean;
  agc: boolean;
  tlinear: boolean;
  gain: { mode: "high" | "low" | "auto"; effective: "high" | "low" };
  ffc: { state: "never" | "imminent" | "in progress" | "complete"; mode: "manual" | "auto" | "external"; count: number; lastMs: number }; // prettier-ignore
  fpaKelvin: number;
  housingKelvin: number;
  faults: FaultReport[];
}

/** An emulated FLIR Lepton. */
export class Lepton {
  readonly faults: FaultSwitches;
  scene: Scene;
  onVsync: ((timeUs: number, pulse: number) => void) | undefined;

  constructor(private readonly options: LeptonOptions) {
    this.faults = new FaultSwitches(options.clock, options.seed ?? 1);
    this.scene = options.scene;
  }

  power(on: boolean): void {
    throw new Error(`not built yet ${on}`);
  }
  reset(level: boolean): void {
    throw new Error(`not built yet ${level}`);
  }
  i2cWrite(bytes: Uint8Array): boolean {
    throw new Error(`not built yet ${bytes.length}`);
  }
  i2cRead(count: number): Uint8Array | undefined {
    throw new Error(`not built yet ${count}`);
  }
  spiSelect(low: boolean): void {
    throw new Error(`not built yet ${low}`);
  }
  spiTransfer(count: number, hz: number, into: Buffer): void {
    throw new Error(`not built yet ${count} ${hz} ${into.length}`);
  }
  state(): LeptonState {
    throw new Error(`not built yet ${this.options.model}`);
  }
}
