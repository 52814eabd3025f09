// SPDX-License-Identifier: Apache-2.0
import { COLUMNS, PIXELS } from "./geometry";

const ESCAPE_QUOTIENT = 24;
const RESIDUAL_BITS = 17;

/**
 * Decodes the pixels of a compressed frame; modules/image/native/lossless-encoder.h describes the format.
 * @returns undefined if the bytes end too early or go on
 */
export function decompress(bytes: Uint8Array): Uint16Array | undefined {
  const pixels = new Uint16Array(PIXELS);
  let position = 0;
  let bits = 0;
  let count = 0;
  const take = (wanted: number): number => {
    for (; count < wanted; count += 8) bits = (bits << 8) | (bytes[position++] ?? 0);
    count -= wanted;
    const value = bits >>> count;
    bits &= (1 << count) - 1;
    return value;
  };
  let k = 0;
  for (let i = 0; i < PIXELS; i++) {
    const column = i % COLUMNS;
    if (column === 0) k = take(8);
    let quotient = 0;
    while (quotient < ESCAPE_QUOTIENT && take(1) === 0) quotient++;
    const residual = quotient < ESCAPE_QUOTIENT ? (quotient << k) | take(k) : take(RESIDUAL_BITS);
    const left = column > 0 ? (pixels[i - 1] as number) : i > 0 ? (pixels[i - COLUMNS] as number) : 0;
    const above = i >= COLUMNS ? (pixels[i - COLUMNS] as number) : left;
    const aboveLeft = i >= COLUMNS && column > 0 ? (pixels[i - COLUMNS - 1] as number) : above;
    const low = Math.min(left, above);
    const high = Math.max(left, above);
    const prediction = aboveLeft >= high ? low : aboveLeft <= low ? high : left + above - aboveLeft;
    pixels[i] = prediction + ((residual >>> 1) ^ -(residual & 1));
  }
  return position === bytes.length ? pixels : undefined;
}
