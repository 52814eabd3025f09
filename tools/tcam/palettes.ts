// SPDX-License-Identifier: Apache-2.0
import { PNG } from "pngjs";
import { HEIGHT, type ThermalImage, WIDTH } from "./image";

type Colour = readonly [red: number, green: number, blue: number];
type Stop = readonly [at: number, colour: Colour];

/** Palettes as colour stops, interpolated linearly; `at` goes from 0 (coldest) to 1 (hottest). */
const STOPS: Record<string, readonly Stop[]> = {
  gray: [
    [0, [0, 0, 0]],
    [1, [255, 255, 255]],
  ],
  ironbow: [
    [0, [0, 0, 10]],
    [0.15, [38, 0, 110]],
    [0.35, [140, 0, 155]],
    [0.6, [230, 75, 35]],
    [0.8, [255, 170, 0]],
    [0.95, [255, 240, 130]],
    [1, [255, 255, 245]],
  ],
  rainbow: [
    [0, [0, 0, 130]],
    [0.2, [0, 90, 255]],
    [0.4, [0, 215, 215]],
    [0.6, [60, 215, 40]],
    [0.8, [255, 225, 0]],
    [1, [225, 0, 0]],
  ],
  arctic: [
    [0, [5, 10, 60]],
    [0.4, [20, 130, 220]],
    [0.6, [150, 160, 165]],
    [0.8, [240, 160, 30]],
    [1, [255, 245, 190]],
  ],
};

export const PALETTES = Object.keys(STOPS);

/** 256 RGB triples. @throws RangeError for a name not in PALETTES */
export function palette(name: string): Uint8Array {
  const stops = STOPS[name];
  if (!stops) throw new RangeError(`no palette "${name}": there are ${PALETTES.join(", ")}`);
  const table = new Uint8Array(256 * 3);
  for (let i = 0; i < 256; i++) table.set(colourAt(stops, i / 255), 3 * i);
  return table;
}

function colourAt(stops: readonly Stop[], at: number): Colour {
  let [low, from] = stops[0] as Stop;
  for (const [high, to] of stops) {
    if (at <= high) {
      const part = high === low ? 0 : (at - low) / (high - low);
      return [0, 1, 2].map((i) =>
        Math.round((from[i] ?? 0) + part * ((to[i] ?? 0) - (from[i] ?? 0))),
      ) as unknown as Colour;
    }
    [low, from] = [high, to];
  }
  return from;
}

/** The image as 8-bit palette indices, stretched from its coldest to its hottest pixel. */
export function indices(image: ThermalImage): Uint8Array {
  const { min, max } = image.range();
  const scale = 255 / Math.max(1, max - min);
  return Uint8Array.from(image.pixels, (value) => Math.round((value - min) * scale));
}

/** A PNG file of the image, each pixel `zoom` × `zoom`. */
export function png(image: ThermalImage, name: string, zoom: number): Buffer {
  const table = palette(name);
  const pixels = indices(image);
  const file = new PNG({ width: WIDTH * zoom, height: HEIGHT * zoom, colorType: 2 });
  for (let y = 0; y < file.height; y++)
    for (let x = 0; x < file.width; x++) {
      const index = 3 * (pixels[Math.floor(y / zoom) * WIDTH + Math.floor(x / zoom)] ?? 0);
      const at = 4 * (y * file.width + x);
      file.data.set(table.subarray(index, index + 3), at);
      file.data[at + 3] = 255;
    }
  return PNG.sync.write(file);
}
