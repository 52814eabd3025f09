// SPDX-License-Identifier: Apache-2.0

export const WIDTH = 160;
export const HEIGHT = 120;
const PIXELS = WIDTH * HEIGHT;
const TELEMETRY = 240;

/** Words of telemetry rows A–C this client reads (Lepton engineering datasheet, telemetry tables). */
const Word = { statusLow: 3, resolution: 209, spotMean: 210, spotMax: 211, spotMin: 212, spotRoi: 214 } as const;
const STATUS_AGC = 1 << 12;

export interface Metadata {
  Camera: string;
  Model: number;
  Version: string;
  Time: string;
  Date: string;
}

/** The text is no image message. */
export class ImageError extends Error {}

/** An image message: 160 × 120 pixels, row by row, with its telemetry (240 words) and metadata. */
export class ThermalImage {
  readonly metadata: Metadata;
  readonly pixels: Uint16Array;
  readonly telemetry: Uint16Array;

  /** @param text the JSON text of the message, from the camera or a `.tjsn` file */
  constructor(readonly text: string) {
    const message = parse(text);
    this.pixels = words(message["radiometric"], PIXELS, "radiometric");
    this.telemetry = words(message["telemetry"], TELEMETRY, "telemetry");
    this.metadata = readMetadata(message["metadata"]);
  }

  /** True when pixels are 8-bit contrast values, not temperatures. */
  get agc(): boolean {
    return ((this.telemetry[Word.statusLow] ?? 0) & STATUS_AGC) !== 0;
  }

  /** Kelvin per count: 0.01 or 0.1. A Lepton 3.0 has no temperatures: undefined, as with AGC. */
  get resolution(): number | undefined {
    const nonRadiometric = (this.metadata.Model & 0x300) === 0x100;
    if (this.agc || nonRadiometric) return undefined;
    return this.telemetry[Word.resolution] === 0 ? 0.1 : 0.01;
  }

  /** A count as degrees Celsius, or undefined where counts are no temperatures. */
  celsius(count: number): number | undefined {
    return this.resolution === undefined ? undefined : count * this.resolution - 273.15;
  }

  range(): { min: number; max: number } {
    let min = 65535;
    let max = 0;
    for (const value of this.pixels) {
      if (value < min) min = value;
      if (value > max) max = value;
    }
    return { min, max };
  }

  /** The spotmeter as the sensor computed it, in counts, and its box (inclusive). */
  spot(): { mean: number; max: number; min: number; r1: number; c1: number; r2: number; c2: number } {
    const word = (index: number): number => this.telemetry[index] ?? 0;
    const roi = Word.spotRoi;
    return {
      mean: word(Word.spotMean),
      max: word(Word.spotMax),
      min: word(Word.spotMin),
      r1: word(roi),
      c1: word(roi + 1),
      r2: word(roi + 2),
      c2: word(roi + 3),
    };
  }
}

function parse(text: string): Record<string, unknown> {
  let message: unknown;
  try {
    message = JSON.parse(text);
  } catch (error) {
    throw new ImageError(`not an image message: ${(error as Error).message}`);
  }
  if (typeof message !== "object" || message === null) throw new ImageError("not an image message: no JSON object");
  return message as Record<string, unknown>;
}

function readMetadata(value: unknown): Metadata {
  if (typeof value !== "object" || value === null) throw new ImageError("not an image message: no metadata");
  const fields = value as Record<string, unknown>;
  const text = (name: string): string => (typeof fields[name] === "string" ? fields[name] : "");
  const model = typeof fields["Model"] === "number" ? fields["Model"] : 0;
  return { Camera: text("Camera"), Model: model, Version: text("Version"), Time: text("Time"), Date: text("Date") };
}

function words(value: unknown, count: number, name: string): Uint16Array {
  if (typeof value !== "string") throw new ImageError(`not an image message: no ${name}`);
  const bytes = Buffer.from(value, "base64");
  if (bytes.length !== 2 * count) throw new ImageError(`${name}: expected ${2 * count} bytes, got ${bytes.length}`);
  const result = new Uint16Array(count);
  for (let i = 0; i < count; i++) result[i] = bytes.readUInt16LE(2 * i);
  return result;
}
