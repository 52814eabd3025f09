// SPDX-License-Identifier: Apache-2.0
import { HEIGHT, type ThermalImage, WIDTH } from "./image";
import { indices, palette } from "./palettes";

const UPPER_HALF = "\u2580";
export const Screen = {
  enter: "\x1b[?1049h\x1b[?25l\x1b[2J",
  leave: "\x1b[0m\x1b[?25h\x1b[?1049l",
  home: "\x1b[H",
} as const;

/**
 * The image for a terminal with 24-bit colour: each character cell shows two pixels, one above the other.
 * @param columns width of the picture in cells; the height follows the picture's shape
 */
export function picture(image: ThermalImage, name: string, columns: number): string {
  const table = palette(name);
  const pixels = indices(image);
  const width = Math.max(1, Math.min(columns, WIDTH));
  const rows = Math.max(1, Math.floor((width * HEIGHT) / WIDTH / 2));
  const colour = (x: number, y: number): string => {
    const column = Math.floor((x * WIDTH) / width);
    const row = Math.min(HEIGHT - 1, Math.floor((y * HEIGHT) / (rows * 2)));
    const at = 3 * (pixels[row * WIDTH + column] ?? 0);
    return `${table[at]};${table[at + 1]};${table[at + 2]}`;
  };
  const lines: string[] = [];
  for (let row = 0; row < rows; row++) {
    let line = "";
    for (let x = 0; x < width; x++)
      line += `\x1b[38;2;${colour(x, 2 * row)};48;2;${colour(x, 2 * row + 1)}m${UPPER_HALF}`;
    lines.push(`${line}\x1b[0m`);
  }
  return lines.join("\n");
}

/** "min 14.2 °C  max 40.1 °C  spot 23.5 °C (mean of rows 59–60, columns 79–80)", or counts where there are no temperatures. */
export function summary(image: ThermalImage): string {
  const value = (count: number): string => {
    const celsius = image.celsius(count);
    return celsius === undefined ? `${count} counts` : `${celsius.toFixed(2)} °C`;
  };
  const { min, max } = image.range();
  const spot = image.spot();
  const spotText =
    image.resolution === undefined
      ? ""
      : `  spot ${value(spot.mean)} (mean of rows ${spot.r1}–${spot.r2}, columns ${spot.c1}–${spot.c2})`;
  return `min ${value(min)}  max ${value(max)}${spotText}`;
}
