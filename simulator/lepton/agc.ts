// SPDX-License-Identifier: Apache-2.0

import * as tables from "./radiometry";
import * as geometry from "./scene/scene";
import type { Settings } from "./settings";

// Local copies: an imported constant is a property access at each use, which costs time in loops over pixels.
const { COLUMNS } = geometry;
const { MAX_COUNTS } = tables;

const BINS = MAX_COUNTS + 1;
/** AGC policies (IDD 4.4.2). */
const LINEAR = 0;

/** Histogram statistics as CCI carries them: counts of 14 bits, and the number of pixels (IDD 4.4.4). */
export interface HistogramStatistics {
  min: number;
  max: number;
  mean: number;
  count: number;
}

/**
 * Automatic gain control: maps 14-bit counts to 8 bits by a curve drawn from the histogram of the region of interest.
 * HEQ clips each bin, adds a floor to occupied bins, accumulates them and dampens the curve from frame to frame
 * (Engineering Datasheet 3.6, IDD 4.4.5-4.4.11).
 */
export class Agc {
  readonly statistics: HistogramStatistics = { min: 0, max: 0, mean: 0, count: 0 };
  private readonly histogram = new Uint32Array(BINS);
  /** The damped curve, by counts: 0 … 255. */
  private readonly curve = new Float32Array(BINS);
  private primed = false;

  /** Forgets the damped curve. */
  reset(): void {
    this.primed = false;
  }

  /** Builds the histogram of one frame's counts (PIXELS) and moves the curve. */
  update(counts: Uint16Array, settings: Settings): void {
    this.count(counts, settings.agcRoi);
    const keep = this.primed ? settings.agcHeqDampening / 256 : 0;
    if (settings.agcPolicy === LINEAR) this.drawLinear();
    else this.drawHeq(settings, keep);
    this.primed = true;
  }

  /** Writes the 8-bit picture of `counts` to `words` (PIXELS each). */
  apply(counts: Uint16Array, words: Uint16Array, blackHot: boolean): void {
    const curve = this.curve;
    const flip = blackHot ? 255 : 0;
    for (let i = 0, n = words.length; i < n; i++) {
      words[i] = (((curve[counts[i] as number] as number) + 0.5) | 0) ^ flip;
    }
  }

  private count(counts: Uint16Array, roi: readonly number[]): void {
    const [startCol = 0, startRow = 0, endCol = 0, endRow = 0] = roi;
    const histogram = this.histogram.fill(0);
    let min = MAX_COUNTS;
    let max = 0;
    let sum = 0;
    for (let y = startRow; y <= endRow; y++) {
      for (let i = y * COLUMNS + startCol, end = y * COLUMNS + endCol; i <= end; i++) {
        const c = counts[i] as number;
        histogram[c] = (histogram[c] as number) + 1;
        sum += c;
        if (c < min) min = c;
        if (c > max) max = c;
      }
    }
    const population = (endRow - startRow + 1) * (endCol - startCol + 1);
    this.statistics.min = min;
    this.statistics.max = max;
    this.statistics.mean = Math.floor(sum / population);
    this.statistics.count = population;
  }

  private drawLinear(): void {
    const { min, max } = this.statistics;
    const span = Math.max(1, max - min);
    for (let c = 0; c < BINS; c++) this.curve[c] = c <= min ? 0 : c >= max ? 255 : (255 * (c - min)) / span;
  }

  private drawHeq(settings: Settings, keep: number): void {
    const { histogram, curve } = this;
    const { min, max, count } = this.statistics;
    const clip = settings.agcHeqClipHigh > 0 ? settings.agcHeqClipHigh : count;
    let occupied = 0;
    let total = 0;
    for (let c = min; c <= max; c++) {
      const n = histogram[c] as number;
      if (n === 0) continue;
      occupied += 1;
      total += n < clip ? n : clip;
    }
    const floor = (count * settings.agcHeqLinearPercent) / 100 / occupied;
    const first = Math.min(histogram[min] as number, clip) + floor;
    total += floor * occupied - first;
    const scale = total > 0 ? 255 / total : 0;
    const take = 1 - keep;
    let sum = -first;
    let level = 0;
    for (let c = 0; c < BINS; c++) {
      if (c >= min && c <= max) {
        const n = histogram[c] as number;
        if (n > 0) sum += (n < clip ? n : clip) + floor;
        level = sum * scale;
      }
      curve[c] = keep * (curve[c] as number) + take * level;
    }
  }
}
