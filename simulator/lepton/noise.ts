// SPDX-License-Identifier: Apache-2.0

import { Random } from "./random";
import * as geometry from "./scene/scene";

// Taken once: an imported constant is looked up at each use, which costs in loops over pixels.
const { COLUMNS, PIXELS, ROWS } = geometry;

/**
 * Temporal noise in counts, over a long time. Real parts filter in time: a pixel holds its value for some frames and then
 * moves to a new one that is near it, so that the difference of neighbouring frames is four times smaller than this.
 */
const TEMPORAL_COUNTS = 2.83;
/** Share of the pixels that move in a frame, and how much of the old value is in the new one. */
const MOVED = 0.21;
const KEPT = 0.71;
/** Column noise that the SCNR filter leaves, and what shows when it is off. */
const COLUMN_COUNTS = 0.25;
const COLUMN_COUNTS_UNFILTERED = 2.5;
/** How much more noise there is without the temporal filter (it is white then) and without the pixel filter. */
const TEMPORAL_FILTER_GAIN = 1.5;
const PIXEL_FILTER_GAIN = 1.25;
/** Pixel offsets before the first FFC, what an FFC leaves of them, and how they grow after it: with time and with temperature. */
const RAW_OFFSET_COUNTS = 14;
const CORRECTED_OFFSET_COUNTS = 2.1;
const DRIFT_COUNTS = 0.5;
const DRIFT_SECONDS = 120;
const DRIFT_COUNTS_PER_KELVIN = 0.3;

const TABLE = 65536;

/** One frame's step of noise with deviation 1: each value becomes hold × value + kick. The tables are read from a random place on. */
interface Step {
  readonly hold: Float32Array;
  readonly kick: Float32Array;
}

/**
 * The detector's noise as patterns with deviation 1, and how many counts of each there are: temporal noise of the pixels,
 * a little of the columns, and pixel offsets, which are other ones after each FFC and grow until the next.
 */
export class Noise {
  /** This frame's temporal noise of the pixels. */
  readonly pixels = new Float32Array(PIXELS);
  /** This frame's temporal noise of the columns. */
  readonly columns = new Float32Array(COLUMNS);
  /** The pixel offsets. */
  readonly pattern = new Float32Array(PIXELS);
  /** Offsets, in counts, that a failed FFC burnt in; undefined when the last one went well. */
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

  /** After power-up: other offsets, and temporal noise as if it had long been running. */
  reset(): void {
    this.newPattern();
    this.draw(this.pixels);
    this.draw(this.columns);
  }

  /** Other pixel offsets: after an FFC. */
  newPattern(): void {
    this.draw(this.pattern);
    this.ghost = undefined;
  }

  /** The next frame's temporal noise: filtered in time as real parts do, or white. */
  advance(temporalFilter: boolean): void {
    const step = temporalFilter ? this.filtered : this.white;
    for (let y = 0; y < ROWS; y++) this.advanceRow(this.pixels, y * COLUMNS, step);
    this.advanceRow(this.columns, 0, step);
  }

  /** Counts of the pixels' temporal noise. */
  pixelCounts(temporalFilter: boolean, pixelFilter: boolean): number {
    return TEMPORAL_COUNTS * (temporalFilter ? 1 : TEMPORAL_FILTER_GAIN) * (pixelFilter ? 1 : PIXEL_FILTER_GAIN);
  }

  /** Counts of the columns' temporal noise. */
  columnCounts(columnFilter: boolean): number {
    return columnFilter ? COLUMN_COUNTS : COLUMN_COUNTS_UNFILTERED;
  }

  /** Counts of the pixel offsets; `secondsSinceFfc` is undefined before the first FFC. */
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

  /** Most values are held; those that move keep a part of what they were, and their deviation. */
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
