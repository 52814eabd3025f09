// SPDX-License-Identifier: Apache-2.0

/** Pixel array of a Lepton 3.x. */
export const COLUMNS = 160;
export const ROWS = 120;
/** Length of a frame in pixels. */
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

/** A scene in words that VoSPI carries unchanged. */
export interface WordScene {
  readonly kind: "words";
  readonly name: string;
  /**
   * Fills `words` (PIXELS values) for the frame whose telemetry frame counter is `frame`.
   * @param bits width of a word in the current output mode: 8 (AGC), 14 (raw) or 16 (TLinear). A recording ignores it.
   */
  words(frame: number, words: Uint16Array, bits: 8 | 14 | 16): void;
  /** Telemetry rows A, B and C (240 words) that replace the part's own, except counters and times. */
  readonly telemetry?: Uint16Array;
}

/** A scene in front of the emulated part. */
export type Scene = ThermalScene | WordScene;
