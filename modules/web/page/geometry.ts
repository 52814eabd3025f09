// SPDX-License-Identifier: Apache-2.0
/** Size of the sensor in pixels. */
export const COLUMNS = 160;
export const ROWS = 120;
export const PIXELS = COLUMNS * ROWS;

/** Pixels of the sensor, both ends included. */
export interface Box {
  readonly c1: number;
  readonly r1: number;
  readonly c2: number;
  readonly r2: number;
}

const clamp = (value: number, high: number): number => Math.max(0, Math.min(high, Math.round(value)));

/** The box between two corners in any order, within the picture. */
export function boxBetween(c1: number, r1: number, c2: number, r2: number): Box {
  return {
    c1: clamp(Math.min(c1, c2), COLUMNS - 1),
    r1: clamp(Math.min(r1, r2), ROWS - 1),
    c2: clamp(Math.max(c1, c2), COLUMNS - 1),
    r2: clamp(Math.max(r1, r2), ROWS - 1),
  };
}

/** Moves a box's last corner, up to its first one. */
export function resized({ c1, r1, c2, r2 }: Box, columns: number, rows: number): Box {
  return boxBetween(c1, r1, Math.max(c1, c2 + columns), Math.max(r1, r2 + rows));
}

/** Moves a box; it keeps its size and stays within the picture. */
export function moved({ c1, r1, c2, r2 }: Box, columns: number, rows: number): Box {
  const column = clamp(c1 + columns, COLUMNS - 1 - (c2 - c1));
  const row = clamp(r1 + rows, ROWS - 1 - (r2 - r1));
  return { c1: column, r1: row, c2: column + c2 - c1, r2: row + r2 - r1 };
}
