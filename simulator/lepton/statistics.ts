// SPDX-License-Identifier: Apache-2.0

import * as geometry from "./scene/scene";

// Local copies: an imported constant is a property access at each use, which costs time in loops over pixels.
const { COLUMNS } = geometry;

/** Mean (rounded down, as the part does), extremes and number of the words in a region. */
export interface RegionStatistics {
  mean: number;
  max: number;
  min: number;
  population: number;
}

/** Statistics of a region of `words`, corners inclusive. `out` is filled and returned. */
export function regionStatistics(
  words: Uint16Array,
  startRow: number,
  startCol: number,
  endRow: number,
  endCol: number,
  out: RegionStatistics,
): RegionStatistics {
  let sum = 0;
  let min = 0xffff;
  let max = 0;
  for (let y = startRow; y <= endRow; y++) {
    for (let i = y * COLUMNS + startCol, end = y * COLUMNS + endCol; i <= end; i++) {
      const w = words[i] as number;
      sum += w;
      if (w < min) min = w;
      if (w > max) max = w;
    }
  }
  out.population = (endRow - startRow + 1) * (endCol - startCol + 1);
  out.mean = Math.floor(sum / out.population);
  out.min = min;
  out.max = max;
  return out;
}
