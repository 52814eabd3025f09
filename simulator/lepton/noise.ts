// SPDX-License-Identifier: Apache-2.0

import { Random } from "./random";
import * as geometry from "./scene/scene";

// Local copies: an imported constant is a property access at each use, which costs time in loops over pixels.
const { COLUMNS, PIXELS, ROWS } = geometry;

/**
 * Standard deviation of temporal noise in counts, over many frames. Real parts filter in time: a pixel holds its value for
 * some frames and then moves to a value near it, so that the difference of neighbouring frames is four times smaller.
 */
const TEMPORAL_COUNTS = 2.83;
/** Share of the pixels that move in a frame, and share of the old value in the new one. */
const MOVED = 0.21;
const KEPT = 0.71;
/** Column noise in counts with the SCNR filter on and off. */
const COLUMN_COUNTS = 0.25;
const COLUMN_COUNTS_UNFILTERED = 2.5;
/** Factors of noise without the temporal filter (then it is white) and without the pixel filter. */
const TEMPORAL_FILTER_GAIN = 1.5;
const PIXEL_FILTER_GAIN = 1.25;
/** Pixel offsets in counts: before the first FFC, after an FFC, and their growth with time and temperature. */
const RAW_OFFSET_COUNTS = 14;
const CORRECTED_OFFSET_COUNTS = 2.1;
const DRIFT_COUNTS = 0.5;
const DRIFT_SECONDS = 120;
const DRIFT_COUNTS_PER_KELVIN = 0.3;

const TABLE = 65536;

/** One frame's step of noise with deviation 1: each value becomes hold × value + kick. Tables are read from a random position. */
interface Step {
  readonly hold: Float32Array;
  readonly kick: Float32Array;
}

/**
 * The detector's noise: patterns with standard deviation 1, and the size of each in counts. There is temporal noise of
 * pixels and columns, and there are pixel offsets, which each FFC replaces and which grow until the next.
 */
export class Noise {
  /** This frame's temporal noise of the pixels. */
  readonly pixels = new Float32Array(PIXELS);
  /** This frame's temporal noise of the columns. */
  readonly columns = new Float32Array(COLUMNS);
  /** The pixel offsets. */
  readonly pattern = new Float32Array(PIXELS);
  /** Offsets in counts (PIXELS) that a failed FFC burnt in; undefined after a good FFC. */
  ghost: Float32Array | undefined;
  private readonly random: Random;
  /** Normally distributed; long enough for a row to begin anywhere below TABLE. */
  private readonly table = new Float32Array(TABLE + COLUMNS);
  private readonly filtered: Step;
  private readonly white: Step;

  constructor(seed: number) {
    this.random = new Random(seed);
    for (let i = 0; i < TABLE; i++) this.table[i] = this.random.gaussian();
    this.table.copyWithin(TABLE, 0, COLUMNS);
    this.filtered = this.filteredStep();
    this.white = { hold: new Float32Array(TABLE + COLUMNS), kick: this.table };
    this.reset();
  }

  /** Power-up: new offsets, and temporal noise in its steady state. */
  reset(): void {
    this.newPattern();
    this.draw(this.pixels);
    this.draw(this.columns);
  }

  /** Replaces the pixel offsets, as an FFC does. */
  newPattern(): void {
    this.draw(this.pattern);
    this.ghost = undefined;
  }

  /** Computes the next frame's temporal noise: filtered in time as on real parts, or white. */
  advance(temporalFilter: boolean): void {
    const step = temporalFilter ? this.filtered : this.white;
    for (let y = 0; y < ROWS; y++) this.advanceRow(this.pixels, y * COLUMNS, step);
    this.advanceRow(this.columns, 0, step);
  }

  /** Size of the pixels' temporal noise in counts. */
  pixelCounts(temporalFilter: boolean, pixelFilter: boolean): number {
    return TEMPORAL_COUNTS * (temporalFilter ? 1 : TEMPORAL_FILTER_GAIN) * (pixelFilter ? 1 : PIXEL_FILTER_GAIN);
  }

  /** Size of the columns' temporal noise in counts. */
  columnCounts(columnFilter: boolean): number {
    return columnFilter ? COLUMN_COUNTS : COLUMN_COUNTS_UNFILTERED;
  }

  /** Size of the pixel offsets in counts; `secondsSinceFfc` is undefined before the first FFC. */
  offsetCounts(secondsSinceFfc: number | undefined, deltaKelvin: number): number {
    if (secondsSinceFfc === undefined) return RAW_OFFSET_COUNTS;
    const drift = DRIFT_COUNTS * (1 - Math.exp(-secondsSinceFfc / DRIFT_SECONDS));
    return CORRECTED_OFFSET_COUNTS + drift + DRIFT_COUNTS_PER_KELVIN * Math.abs(deltaKelvin);
  }

  private draw(values: Float32Array): void {
    const start = this.random.below(TABLE - values.length);
    values.set(this.table.subarray(start, start + values.length));
  }

  private advanceRow(values: Float32Array, at: number, { hold, kick }: Step): void {
    const start = this.random.uint32() & (TABLE - 1);
    for (let x = 0, i = at; x < COLUMNS; x++, i++) {
      values[i] = (hold[start + x] as number) * (values[i] as number) + (kick[start + x] as number);
    }
  }

  /** Holds most values; those that move keep a part of their old value, and their deviation. */
  private filteredStep(): Step {
    const hold = new Float32Array(TABLE + COLUMNS).fill(1);
    const kick = new Float32Array(TABLE + COLUMNS);
    const size = Math.sqrt(1 - KEPT * KEPT);
    for (let i = 0; i < TABLE; i++) {
      if (this.random.uniform() >= MOVED) continue;
      hold[i] = KEPT;
      kick[i] = size * (this.table[i] as number);
    }
    for (const table of [hold, kick]) table.copyWithin(TABLE, 0, COLUMNS);
    return { hold, kick };
  }
}
