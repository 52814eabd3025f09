// SPDX-License-Identifier: Apache-2.0
/** A temperature in 1/100 K, the unit of the Lepton's registers and TLinear pixels. */
export type CentiKelvin = number & { readonly unit: "K/100" };

/** A ratio in 1/8192: 8192 = 100 % (IDD 4.8.8). */
export type Ratio8192 = number & { readonly unit: "1/8192" };

/** Lowest ratio of the flux linear parameters (IDD 4.8.8): 1 % rounded up. */
const LEAST_RATIO = 82;

export const centiKelvinOfCelsius = (celsius: number): CentiKelvin =>
  Math.round((celsius + 273.15) * 100) as CentiKelvin;

/** @param percent 1 to 100. Rounded down as in the original firmware, except 1 %, which would be below the sensor's range. */
export const ratioOfPercent = (percent: number): Ratio8192 =>
  Math.max(LEAST_RATIO, Math.floor((percent * 8192) / 100)) as Ratio8192;

/** A 32-bit attribute as two words, low word first (IDD 2.1.8.1). Takes signed and unsigned values. */
export const wordsOf32 = (value: number): [number, number] => [value & 0xffff, (value >>> 16) & 0xffff];

/** The signed value of a two-word attribute, low word first. */
export const int32OfWords = (words: ArrayLike<number>): number => (words[0] ?? 0) | ((words[1] ?? 0) << 16);

/** Text packed two characters a word, low byte first, ended by NUL (the layout of part numbers). */
export const textOfWords = (words: ArrayLike<number>): string => {
  let text = "";
  for (let i = 0; i < 2 * words.length; i++) {
    const word = words[i >> 1] ?? 0;
    const code = i & 1 ? word >> 8 : word & 0xff;
    if (code === 0) break;
    text += String.fromCharCode(code);
  }
  return text;
};
