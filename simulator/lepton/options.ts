// SPDX-License-Identifier: Apache-2.0

import type { Clock } from "./clock";
import type { FaultReport } from "./faults";
import type { Model } from "./models";
import type { Scene } from "./scene/scene";
import type { SyncState } from "./vospi";

/** Options of an emulated part. */
export interface LeptonOptions {
  /** The emulated model. */
  model: Model;
  /** Board time, which the board advances. */
  clock: Clock;
  /** The scene in front of the part. */
  scene: Scene;
  /** Noise, drift and faults are the same for the same seed. Default 1. */
  seed?: number;
  /** Reaction to an unread segment (docs/emulated-lepton.md, "Synchronisation"). Default tolerant. */
  strictness?: "tolerant" | "datasheet";
  /** Segments while an FFC freezes the video: number 0 (invalid), or the last frame repeated. Default invalid. */
  frozen?: "invalid" | "repeat";
  /** From the release of reset to the start-up FFC, in microseconds. Default 4,000,000. */
  startupFfcUs?: number;
  /** Receives a line for each event that a real part does not report: refused commands, faults, resets. */
  log?: (text: string) => void;
  /** Answer of OEM FLIR Part Number. Default the model's part number. */
  partNumber?: string;
}

/** State of the part as plain data, for the control API. */
export interface LeptonState {
  model: Model;
  partNumber: string;
  power: PowerState;
  /** Name of the scene. */
  scene: string;
  /** Milliseconds since the release of reset; 0 without power or in reset. */
  uptimeMs: number;
  /** State of the VoSPI synchronisation. */
  sync: SyncState;
  /** Unique frames, segments and VSYNC pulses since reset. */
  frames: number;
  segments: number;
  vsyncPulses: number;
  /** Times the reader lost sync since the part was made. */
  syncLosses: number;
  /** CCI commands executed since reset. */
  commands: number;
  telemetry: boolean;
  agc: boolean;
  tlinear: boolean;
  gain: { mode: "high" | "low" | "auto"; effective: "high" | "low" };
  ffc: {
    state: "never" | "imminent" | "in progress" | "complete";
    mode: "manual" | "auto" | "external";
    /** FFCs completed since reset. */
    count: number;
    /** Uptime at the end of the last FFC, in milliseconds. */
    lastMs: number;
  };
  /** Temperatures of the focal plane array and the housing, in kelvin. */
  fpaKelvin: number;
  housingKelvin: number;
  faults: FaultReport[];
}

/** `booting` ends 950 ms after the release of reset; `standby` is the software power-down. */
export type PowerState = "off" | "reset" | "booting" | "running" | "standby";
