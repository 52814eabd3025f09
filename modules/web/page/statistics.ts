// SPDX-License-Identifier: Apache-2.0
import { type Box, COLUMNS, PIXELS } from "./geometry";

export interface Statistics {
  readonly min: number;
  readonly max: number;
  readonly mean: number;
}

/** Statistics of the pixels in a box. */
export function statisticsOf(pixels: Uint16Array, { c1, r1, c2, r2 }: Box): Statistics {
  let min = 65535;
  let max = 0;
  let sum = 0;
  for (let row = r1; row <= r2; row++)
    for (let i = row * COLUMNS + c1; i <= row * COLUMNS + c2; i++) {
      const value = pixels[i] as number;
      if (value < min) min = value;
      if (value > max) max = value;
      sum += value;
    }
  return { min, max, mean: sum / ((r2 - r1 + 1) * (c2 - c1 + 1)) };
}

const counts = new Uint16Array(65536);

/** Nearest ranks: the smallest values that `lower` % and `upper` % of the pixels do not exceed. */
export function percentiles(pixels: Uint16Array, lower: number, upper: number): [low: number, high: number] {
  counts.fill(0);
  for (let i = 0; i < PIXELS; i++) (counts[pixels[i] as number] as number)++;
  const rank = (percent: number): number => {
    const wanted = Math.ceil((percent * PIXELS) / 100);
    let seen = 0;
    let value = 0;
    while (value < 65535 && (seen += counts[value] as number) < wanted) value++;
    return value;
  };
  return [rank(lower), rank(upper)];
}
