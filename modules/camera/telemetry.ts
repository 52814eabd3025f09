// SPDX-License-Identifier: Apache-2.0
import type { Frame } from "./frame";

/**
 * Word offsets in a frame's telemetry: row A from 0, B from 80, C from 160 (Engineering Datasheet Rev 400, table 3).
 */
export const TelemetryWord = Object.freeze({
  /** Milliseconds since the Lepton started; 32 bits, low word first, like all 32-bit fields. */
  TIME_COUNTER: 1,
  STATUS: 3,
  /** Centikelvin. */
  FPA_TEMPERATURE: 24,
  /** Centikelvin. */
  HOUSING_TEMPERATURE: 26,
  /** Time counter at the last FFC. */
  LAST_FFC: 30,
  /** 0 high, 1 low, 2 auto. */
  GAIN_MODE: 165,
  TLINEAR_ENABLED: 208,
  /** 0: a count is 0.1 K, 1: 0.01 K. */
  TLINEAR_RESOLUTION: 209,
  SPOT_MEAN: 210,
  SPOT_MAX: 211,
  SPOT_MIN: 212,
  /** First row, first column, last row, last column. */
  SPOT_ROI: 214,
});

/** Bits of the 32-bit status word. */
const FFC_STATE_SHIFT = 4;
const FFC_STATE_MASK = 3;
const AGC_ENABLED = 1 << 12;
const SHUTTER_LOCKED_OUT = 1 << 15;

export const FFCState = Object.freeze({
  Never: 0,
  Imminent: 1,
  InProgress: 2,
  Complete: 3,
} as const);
export type FFCState = (typeof FFCState)[keyof typeof FFCState];

/** The Lepton's clock: milliseconds since its start, unsigned 32 bits. */
export const timeCounter = (frame: Frame): number =>
  (frame.telemetry(TelemetryWord.TIME_COUNTER) | (frame.telemetry(TelemetryWord.TIME_COUNTER + 1) << 16)) >>> 0;

export const ffcState = (frame: Frame): FFCState =>
  ((frame.telemetry(TelemetryWord.STATUS) >> FFC_STATE_SHIFT) & FFC_STATE_MASK) as FFCState;

export const isAGCEnabled = (frame: Frame): boolean => (frame.telemetry(TelemetryWord.STATUS) & AGC_ENABLED) !== 0;

/** The temperature is out of the shutter's range: the Lepton ignores FFC commands. */
export const isShutterLockedOut = (frame: Frame): boolean =>
  (frame.telemetry(TelemetryWord.STATUS) & SHUTTER_LOCKED_OUT) !== 0;

export const isTLinearEnabled = (frame: Frame): boolean => frame.telemetry(TelemetryWord.TLINEAR_ENABLED) !== 0;

/** Centikelvin of one count: 1 or 10. 0: counts are no temperatures, as with AGC and without TLinear. */
export const centikelvinPerCount = (frame: Frame): 0 | 1 | 10 => {
  if (isAGCEnabled(frame) || !isTLinearEnabled(frame)) return 0;
  return frame.telemetry(TelemetryWord.TLINEAR_RESOLUTION) === 0 ? 10 : 1;
};

/** The pixels of the spot meter, both ends included. */
export const spotBox = (frame: Frame): { left: number; top: number; right: number; bottom: number } => {
  const [top, left, bottom, right] = [0, 1, 2, 3].map((i) => frame.telemetry(TelemetryWord.SPOT_ROI + i)) as [
    number,
    number,
    number,
    number,
  ];
  return { left, top, right, bottom };
};
