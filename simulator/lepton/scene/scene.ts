// SPDX-License-Identifier: Apache-2.0

/** The array of a Lepton 3.x. */
export const COLUMNS = 160;
export const ROWS = 120;
export const PIXELS = COLUMNS * ROWS;

/** A scene in temperatures: the emulated detector, noise and video path turn them into words. */
export interface ThermalScene {
  readonly kind: "thermal";
  readonly name: string;
  /**
   * Fills `kelvin` (PIXELS values, row by row) with the black-body temperature each pixel sees.
   * @param timeUs board time, in microseconds
   */
  render(timeUs: number, kelvin: Float32Array): void;
}

/** A scene in words: what it gives is what VoSPI carries, bit for bit. */
export interface WordScene {
  readonly kind: "words";
  readonly name: string;
  /**
   * Fills `words` (PIXELS values) for the frame whose telemetry frame counter is `frame`.
   * @param bits how wide a word the current output mode has: 8 (AGC), 14 (raw) or 16 (TLinear). A recording ignores it.
   */
  words(frame: number, words: Uint16Array, bits: 8 | 14 | 16): void;
  /** Telemetry rows A, B and C (240 words) to send in place of the part's own, but for counters and times. */
  readonly telemetry?: Uint16Array;
}

/** What the emulated part looks at. */
export type Scene = ThermalScene | WordScene;
