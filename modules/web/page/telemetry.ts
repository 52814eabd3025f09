// SPDX-License-Identifier: Apache-2.0
/** What the page reads from the Lepton's telemetry. */
import { TelemetryWord } from "../../camera/telemetry";
import type { Box } from "./geometry";

/** Of row B; the firmware does not read it. */
const EMISSIVITY = 99;
const EMISSIVITY_SCALE = 8192;
/** ms between automatic corrections (the Lepton's default). It also runs one when its own temperature changes. */
const FFC_PERIOD = 180_000;

export type FfcState = "never" | "imminent" | "running" | "complete";
const FFC_STATES: readonly FfcState[] = ["never", "imminent", "running", "complete"];

export interface Telemetry {
  readonly ffc: FfcState;
  /** ms since the last correction; undefined before the first. */
  readonly ffcAge: number | undefined;
  /** ms to the next one that is due by time. */
  readonly ffcDue: number | undefined;
  /** Kelvin of a count; undefined: counts are no temperatures. */
  readonly resolution: number | undefined;
  /** Kelvin. */
  readonly fpa: number;
  readonly housing: number;
  /** Percent. */
  readonly emissivity: number;
  readonly spotBox: Box;
}

/** Kelvin of a count; undefined: counts are no temperatures. @param words, agc as for readTelemetry() */
export function resolutionOf(words: Uint16Array, agc: boolean): number | undefined {
  if (agc || !words[TelemetryWord.TLINEAR_ENABLED]) return undefined;
  return words[TelemetryWord.TLINEAR_RESOLUTION] ? 0.01 : 0.1;
}

/** @param words 240 words @param agc pixels are contrast values */
export function readTelemetry(words: Uint16Array, agc: boolean): Telemetry {
  const word = (index: number): number => words[index] ?? 0;
  const long = (index: number): number => word(index) + word(index + 1) * 65536;
  const ffc = FFC_STATES[(word(TelemetryWord.STATUS) >> 4) & 3] as FfcState;
  const age = ffc === "never" ? undefined : long(TelemetryWord.TIME_COUNTER) - long(TelemetryWord.LAST_FFC);
  return {
    ffc,
    ffcAge: age,
    ffcDue: age === undefined ? undefined : Math.max(0, FFC_PERIOD - age),
    resolution: resolutionOf(words, agc),
    fpa: word(TelemetryWord.FPA_TEMPERATURE) / 100,
    housing: word(TelemetryWord.HOUSING_TEMPERATURE) / 100,
    emissivity: Math.round((100 * word(EMISSIVITY)) / EMISSIVITY_SCALE),
    spotBox: {
      r1: word(TelemetryWord.SPOT_ROI),
      c1: word(TelemetryWord.SPOT_ROI + 1),
      r2: word(TelemetryWord.SPOT_ROI + 2),
      c2: word(TelemetryWord.SPOT_ROI + 3),
    },
  };
}
