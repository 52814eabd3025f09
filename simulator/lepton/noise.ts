// SPDX-License-Identifier: Apache-2.0

import { Random } from "./random";
import { COLUMNS, PIXELS } from "./scene/scene";

/** Temporal noise in counts: 40 mK at 27 °C in high gain (Engineering Datasheet: NETD < 50 mK, 35 typical). */
const TEMPORAL_COUNTS = 1.95;
/** Column noise that the SCNR filter leaves, and what shows when it is off. */
const COLUMN_COUNTS = 0.25;
const COLUMN_COUNTS_UNFILTERED = 1.5;
/** How much more noise there is without the temporal and without the pixel filter. */
const TEMPORAL_FILTER_GAIN = 1.5;
const PIXEL_FILTER_GAIN = 1.25;
/** Pixel offsets before the first FFC, and how they come back after one: with time and with temperature. */
const RAW_OFFSET_COUNTS = 14;
const DRIFT_COUNTS = 2;
const DRIFT_SECONDS = 120;
const DRIFT_COUNTS_PER_KELVIN = 1.2;

const TABLE = 65536;

/** The detector's noise: white in time, a little by column, and pixel offsets that an FFC removes and that drift back. */
export class Noise {
  /** Normally distributed, deviation 1; long enough for a row to begin anywhere below TABLE. */
  readonly table = new Float32Array(TABLE + COLUMNS);
  /** This frame's column offsets, in counts. */
  readonly columns = new Float32Array(COLUMNS);
  /** Pattern of the pixel offsets, deviation 1. */
  readonly pattern = new Float32Array(PIXELS);
  /** Offsets, in counts, that a failed FFC burnt in; undefined when the last one went well. */
  ghost: Float32Array | undefined;
  private readonly random: Random;

  constructor(seed: number) {
    this.random = new Random(seed);
    for (let i = 0; i < TABLE; i++) this.table[i] = this.random.gaussian();
    this.table.copyWithin(TABLE, 0, COLUMNS);
    this.newPattern();
  }

  /** Where in the table a row's noise begins. */
  rowOffset(): number {
    return this.random.uint32() & (TABLE - 1);
  }

  /** Another pattern of pixel offsets: after an FFC, and after power-up. */
  newPattern(): void {
    const start = this.random.below(TABLE - PIXELS);
    this.pattern.set(this.table.subarray(start, start + PIXELS));
    this.ghost = undefined;
  }

  /** Draws this frame's column offsets. */
  drawColumns(filtered: boolean): void {
    const size = filtered ? COLUMN_COUNTS : COLUMN_COUNTS_UNFILTERED;
    const start = this.rowOffset();
    for (let x = 0; x < COLUMNS; x++) this.columns[x] = size * (this.table[start + x] as number);
  }

  /** Deviation of the temporal noise in counts. */
  temporal(temporalFilter: boolean, pixelFilter: boolean): number {
    return TEMPORAL_COUNTS * (temporalFilter ? 1 : TEMPORAL_FILTER_GAIN) * (pixelFilter ? 1 : PIXEL_FILTER_GAIN);
  }

  /** Deviation of the pixel offsets in counts; `secondsSinceFfc` is undefined before the first FFC. */
  drift(secondsSinceFfc: number | undefined, deltaKelvin: number): number {
    if (secondsSinceFfc === undefined) return RAW_OFFSET_COUNTS;
    return DRIFT_COUNTS * (1 - Math.exp(-secondsSinceFfc / DRIFT_SECONDS)) + DRIFT_COUNTS_PER_KELVIN * Math.abs(deltaKelvin); // prettier-ignore
  }
}
