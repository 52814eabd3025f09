// SPDX-License-Identifier: Apache-2.0
/** A plain encoder of the format in modules/image/native/lossless-encoder.h. */
import { COLUMNS, PIXELS } from "../../../modules/web/page/geometry";

export function compress(pixels: Uint16Array): Uint8Array {
  const bits: number[] = [];
  const put = (value: number, count: number): void => {
    for (let i = count - 1; i >= 0; i--) bits.push(Math.floor(value / 2 ** i) & 1);
  };
  const at = (row: number, column: number): number => pixels[row * COLUMNS + column] ?? 0;
  let k = 5;
  for (let row = 0; row < PIXELS / COLUMNS; row++) {
    put(k, 8);
    let sum = 0;
    for (let column = 0; column < COLUMNS; column++) {
      const left = column ? at(row, column - 1) : row ? at(row - 1, 0) : 0;
      const above = row ? at(row - 1, column) : left;
      const corner = row && column ? at(row - 1, column - 1) : above;
      const [low, high] = [Math.min(left, above), Math.max(left, above)];
      const prediction = corner >= high ? low : corner <= low ? high : left + above - corner;
      const difference = at(row, column) - prediction;
      const residual = difference < 0 ? -2 * difference - 1 : 2 * difference;
      const quotient = Math.floor(residual / 2 ** k);
      put(0, Math.min(quotient, 24));
      if (quotient < 24) put(2 ** k + (residual % 2 ** k), k + 1);
      else put(residual, 17);
      sum += residual;
    }
    k = 0;
    while (k < 12 && COLUMNS * 2 ** k < sum - Math.floor(sum / 4)) k++;
  }
  while (bits.length % 8) bits.push(0);
  return Uint8Array.from({ length: bits.length / 8 }, (_, i) =>
    bits.slice(8 * i, 8 * i + 8).reduce((byte, bit) => 2 * byte + bit, 0),
  );
}
