// SPDX-License-Identifier: Apache-2.0
/** Decoders of both versions of the binary image, written from docs/websocket.md. */

const COLUMNS = 160;
const ROWS = 120;

export interface BinaryImage {
  readonly version: number;
  readonly flags: number;
  /** Rows A, B, C. */
  readonly telemetry: Uint16Array;
  readonly pixels: Uint16Array;
}

export interface BinaryImage2 extends BinaryImage {
  readonly sequence: number;
  readonly captured: number;
  readonly clock: number;
  readonly min: { readonly value: number; readonly row: number; readonly column: number };
  readonly max: { readonly value: number; readonly row: number; readonly column: number };
  readonly mean: number;
  readonly spot: number;
  readonly compressed: boolean;
}

/** Words, least significant byte first. */
export function wordsOf(bytes: Buffer): Uint16Array {
  const words = new Uint16Array(bytes.length / 2);
  for (let i = 0; i < words.length; i++) words[i] = bytes.readUInt16LE(2 * i);
  return words;
}

/** As the page of the firmware that version 1 comes from reads it: magic, lengths, then both parts. */
export function decodeVersion1(bytes: Buffer): BinaryImage {
  if (bytes.toString("latin1", 0, 4) !== "TCAM") throw new Error("no binary image");
  const telemetryBytes = bytes.readUInt16LE(6);
  const pixelBytes = bytes.readUInt32LE(8);
  if (bytes.length !== 12 + telemetryBytes + pixelBytes) throw new Error(`${bytes.length} bytes`);
  return {
    version: bytes.readUInt8(4),
    flags: bytes.readUInt8(5),
    telemetry: wordsOf(bytes.subarray(12, 12 + telemetryBytes)),
    pixels: wordsOf(bytes.subarray(12 + telemetryBytes)),
  };
}

/** Reads bits, most significant first. */
class Bits {
  #at = 0;
  constructor(private readonly bytes: Buffer) {}
  bit(): number {
    const byte = this.bytes[this.#at >> 3];
    if (byte === undefined) throw new Error("the compressed pixels end early");
    return (byte >> (7 - (this.#at++ & 7))) & 1;
  }
  take(count: number): number {
    let value = 0;
    while (count-- > 0) value = value * 2 + this.bit();
    return value;
  }
  /** All bytes were used, and the last bits are zero. */
  get over(): boolean {
    while (this.#at % 8 > 0) if (this.bit() > 0) return false;
    return this.#at === 8 * this.bytes.length;
  }
}

function predict(pixels: Uint16Array, at: number): number {
  const column = at % COLUMNS;
  // A place before the first one is a property name to the engine, and slow.
  if (at === 0) return 0;
  if (at < COLUMNS) return pixels[at - 1] as number;
  const above = pixels[at - COLUMNS] as number;
  if (column === 0) return above;
  const left = pixels[at - 1] as number;
  const corner = pixels[at - COLUMNS - 1] as number;
  // A name of the global scope (Math) is slow in jest.
  const less = left < above ? left : above;
  const more = left < above ? above : left;
  if (corner >= more) return less;
  return corner <= less ? more : left + above - corner;
}

/** Median edge detector and Rice codes. */
export function decompress(bytes: Buffer): Uint16Array {
  const pixels = new Uint16Array(ROWS * COLUMNS);
  const bits = new Bits(bytes);
  let k = 0;
  for (let at = 0; at < pixels.length; at++) {
    if (at % COLUMNS === 0) k = bits.take(8);
    let quotient = 0;
    while (quotient < 24 && bits.bit() === 0) quotient++;
    const residual = quotient === 24 ? bits.take(17) : (quotient << k) | bits.take(k);
    pixels[at] = predict(pixels, at) + (residual & 1 ? -((residual + 1) >> 1) : residual >> 1);
  }
  if (!bits.over) throw new Error("bytes follow the compressed pixels");
  return pixels;
}

export function decodeVersion2(bytes: Buffer): BinaryImage2 {
  if (bytes.toString("latin1", 0, 4) !== "TCAM" || bytes[4] !== 2) throw new Error("no binary image of version 2");
  const flags = bytes.readUInt8(5);
  const payload = 40 + bytes.readUInt16LE(6);
  if (bytes.length !== payload + bytes.readUInt32LE(8)) throw new Error(`${bytes.length} bytes`);
  const compressed = (flags & 2) !== 0;
  return {
    ...{ version: 2, flags, compressed },
    sequence: bytes.readUInt32LE(12),
    captured: bytes.readUInt32LE(16),
    clock: Number(bytes.readBigUInt64LE(20)),
    min: { value: bytes.readUInt16LE(28), row: bytes.readUInt8(36), column: bytes.readUInt8(37) },
    max: { value: bytes.readUInt16LE(30), row: bytes.readUInt8(38), column: bytes.readUInt8(39) },
    mean: bytes.readUInt16LE(32),
    spot: bytes.readUInt16LE(34),
    telemetry: wordsOf(bytes.subarray(40, payload)),
    pixels: compressed ? decompress(bytes.subarray(payload)) : wordsOf(bytes.subarray(payload)),
  };
}
