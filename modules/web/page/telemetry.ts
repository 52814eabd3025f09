// SPDX-License-Identifier: Apache-2.0
/** What the page reads from the Lepton's telemetry: rows A from word 0, B from 80, C from 160. */
import type { Box } from "./geometry";

const Word = {
  time: 1,
  status: 3,
  fpa: 24,
  ffcTime: 30,
  housing: 26,
  emissivity: 99,
  gain: 165,
  effectiveGain: 166,
  linear: 208,
  resolution: 209,
  spotBox: 214,
} as const;

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
  readonly gain: "high" | "low";
  readonly spotBox: Box;
}

/** @param words 240 words @param agc pixels are contrast values */
export function readTelemetry(words: Uint16Array, agc: boolean): Telemetry {
  const word = (index: number): number => words[index] ?? 0;
  const long = (index: number): number => word(index) + word(index + 1) * 65536;
  const ffc = FFC_STATES[(word(Word.status) >> 4) & 3] as FfcState;
  const age = ffc === "never" ? undefined : long(Word.time) - long(Word.ffcTime);
  const linear = !agc && word(Word.linear) !== 0;
  const gain = word(Word.gain) === 2 ? word(Word.effectiveGain) : word(Word.gain);
  return {
    ffc,
    ffcAge: age,
    ffcDue: age === undefined ? undefined : Math.max(0, FFC_PERIOD - age),
    resolution: linear ? (word(Word.resolution) === 0 ? 0.1 : 0.01) : undefined,
    fpa: word(Word.fpa) / 100,
    housing: word(Word.housing) / 100,
    emissivity: Math.round((100 * word(Word.emissivity)) / EMISSIVITY_SCALE),
    gain: gain === 1 ? "low" : "high",
    spotBox: {
      r1: word(Word.spotBox),
      c1: word(Word.spotBox + 1),
      r2: word(Word.spotBox + 2),
      c2: word(Word.spotBox + 3),
    },
  };
}
