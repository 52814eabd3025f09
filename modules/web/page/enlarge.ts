// SPDX-License-Identifier: Apache-2.0
import { COLUMNS, ROWS } from "./geometry";

/** Weights are in 1/64: a value of 16 bits with two of them fits 31 bits. */
const WEIGHT = 64;

/** For each of `count` × factor positions: the pixel before it, and the weight of the pixel after it. */
function positions(count: number, factor: number): { before: Uint8Array; weight: Uint8Array } {
  const before = new Uint8Array(count * factor);
  const weight = new Uint8Array(count * factor);
  for (let i = 0; i < before.length; i++) {
    const position = Math.max(0, Math.min(count - 1, (i + 0.5) / factor - 0.5));
    before[i] = Math.min(count - 2, Math.floor(position));
    weight[i] = Math.round((position - (before[i] as number)) * WEIGHT);
  }
  return { before, weight };
}

/** Draws frames `factor` times as large, interpolated between pixel values (not between colours). */
export class Enlarger {
  readonly width: number;
  readonly height: number;
  private readonly across;
  private readonly down;
  private readonly row = new Int32Array(COLUMNS);

  constructor(readonly factor: number) {
    this.width = COLUMNS * factor;
    this.height = ROWS * factor;
    this.across = positions(COLUMNS, factor);
    this.down = positions(ROWS, factor);
  }

  /** @param table colour of each value @param target `width` × `height` colours */
  draw(pixels: Uint16Array, table: Uint32Array, target: Uint32Array): void {
    const { width, height, across, down, row } = this;
    const half = (WEIGHT * WEIGHT) >> 1;
    let at = 0;
    for (let y = 0; y < height; y++) {
      const above = (down.before[y] as number) * COLUMNS;
      const lower = down.weight[y] as number;
      const upper = WEIGHT - lower;
      for (let c = 0; c < COLUMNS; c++)
        row[c] = (pixels[above + c] as number) * upper + (pixels[above + COLUMNS + c] as number) * lower;
      for (let x = 0; x < width; x++) {
        const c = across.before[x] as number;
        const right = across.weight[x] as number;
        const value = (row[c] as number) * (WEIGHT - right) + (row[c + 1] as number) * right;
        target[at++] = table[(value + half) >>> 12] as number;
      }
    }
  }
}
