// SPDX-License-Identifier: Apache-2.0
/** Colours for pixel values. The palettes are those of modules/image/native/palette.c. */

/** Name, and stops of entry (0 to 255, rising), red, green and blue. */
export type Palette = readonly [name: string, stops: readonly (readonly number[])[]];
type Stop = readonly [number, number, number, number];

export const ENTRIES = 256;

/** The 256 colours of a palette as bytes red, green, blue: those of palette_rgb() in C. */
export function colours([, stops]: Palette): Uint8Array {
  const rgb = new Uint8Array(3 * ENTRIES);
  stops.forEach((end, i) => {
    const start = stops[i - 1];
    if (!start) return;
    const [first, ...from] = start as Stop;
    const [last, ...to] = end as Stop;
    for (let channel = 0; channel < 3; channel++) {
      const low = from[channel] as number;
      const high = to[channel] as number;
      const step = Math.trunc(((high - low) * 65536) / (last - first));
      for (let entry = first; entry < last; entry++)
        rgb[3 * entry + channel] = (low * 65536 + 32768 + step * (entry - first)) >> 16;
      rgb[3 * last + channel] = high;
    }
  });
  return rgb;
}

/** The stops of a palette for a gradient of CSS. */
export function stopsOf([, stops]: Palette): string {
  return stops.map(([entry = 0, ...rgb]) => `rgb(${rgb.join()}) ${((100 * entry) / 255).toFixed(1)}%`).join();
}

/** A colour as a pixel of ImageData on a little-endian computer. */
const pixel = (red: number, green: number, blue: number): number =>
  ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0;

/** Values that are shown in a colour of their own, both ends included. */
export interface Isotherm {
  readonly low: number;
  readonly high: number;
}

const ISOTHERM_RGB = [0, 255, 128] as const;
const ISOTHERM = pixel(...ISOTHERM_RGB);
/** The same for CSS. */
export const ISOTHERM_COLOUR = `rgb(${ISOTHERM_RGB.join()})`;

/** The part of a colour scale from `low` to `high` that has the isotherm's colour, 0 to 1; undefined: no part. */
export function bandOf(
  isotherm: Isotherm | undefined,
  low: number,
  high: number,
): [from: number, to: number] | undefined {
  if (!isotherm) return undefined;
  const [from, to] = [isotherm.low, isotherm.high].map((value) =>
    Math.max(0, Math.min(1, (value - low) / (high - low))),
  ) as [number, number];
  return from < to ? [from, to] : undefined;
}

/** Fills the colour of each pixel value: `low` and below get the palette's first colour, `high` and above its last. */
export function fillTable(
  table: Uint32Array,
  rgb: Uint8Array,
  low: number,
  high: number,
  isotherm: Isotherm | undefined,
): void {
  const entries = new Uint32Array(ENTRIES);
  for (let i = 0; i < ENTRIES; i++)
    entries[i] = pixel(rgb[3 * i] as number, rgb[3 * i + 1] as number, rgb[3 * i + 2] as number);
  const first = Math.max(0, Math.min(65535, Math.floor(low)));
  const last = Math.max(first, Math.min(65535, Math.ceil(high)));
  const factor = 255 / Math.max(1, high - low);
  table.fill(entries[0] as number, 0, first);
  for (let value = first; value <= last; value++)
    table[value] = entries[Math.max(0, Math.min(255, Math.round((value - low) * factor)))] as number;
  table.fill(entries[255] as number, last + 1);
  if (isotherm) table.fill(ISOTHERM, Math.max(0, Math.ceil(isotherm.low)), Math.max(0, Math.floor(isotherm.high) + 1));
}
