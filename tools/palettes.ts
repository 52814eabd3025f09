// SPDX-License-Identifier: Apache-2.0
/** The camera's palettes, read from the C table that defines them. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

const table = join(__dirname, "../modules/image/native/palette.c");

/** Name, and stops of entry (0 to 255, rising), red, green and blue; colours between stops are interpolated. */
export type Palette = readonly [name: string, stops: readonly (readonly number[])[]];

/** Reads kPalettes of modules/image/native/palette.c. @throws Error when the table does not look as expected */
export function readPalettes(): Palette[] {
  const [, body] = /kPalettes\[\] = \{\n(.*?)\n\};/s.exec(readFileSync(table, "utf8")) ?? [];
  if (body === undefined) throw new Error("palette.c has no kPalettes");
  const palettes = [...body.matchAll(/\{"(\w+)",\s*\{(.*?)\}\}[,\n]/gs)].map(([, name = "", stops = ""]): Palette => [
    name,
    [...stops.matchAll(/\{([\d, ]+)/g)].map(([, numbers = ""]) => numbers.split(",").map(Number)),
  ]);
  for (const [name, stops] of palettes) {
    const ends = [stops[0]?.[0], stops.at(-1)?.[0]];
    if (ends.join() !== "0,255" || stops.some((stop) => stop.length !== 4))
      throw new Error(`palette.c: the stops of ${name} do not go from 0 to 255`);
  }
  return palettes;
}
