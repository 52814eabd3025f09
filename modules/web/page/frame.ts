// SPDX-License-Identifier: Apache-2.0
/** Binary image messages of the WebSocket, version 2 (`Sec-WebSocket-Protocol: tcam.2`); numbers are little-endian. */
import { decompress } from "./lossless";
import { COLUMNS, PIXELS } from "./geometry";

const HEADER = 40;
const TELEMETRY_BYTES = 480;

/** A pixel's position. */
export interface Place {
  readonly row: number;
  readonly column: number;
}

export interface Frame {
  /** Row by row, as the sensor sent them. */
  readonly pixels: Uint16Array;
  /** Rows A, B and C, 80 words each. */
  readonly telemetry: Uint16Array;
  readonly sequence: number;
  /** Taken during a flat-field correction or up to 1 s after it. */
  readonly disturbed: boolean;
  /** Pixels are contrast values of 8 bits. */
  readonly agc: boolean;
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  /** Mean of the spot meter's box. */
  readonly spot: number;
  readonly minAt: Place;
  readonly maxAt: Place;
}

const Flag = { telemetry: 1, compressed: 2, disturbed: 4, agc: 8 };

function words(bytes: Uint8Array): Uint16Array {
  const result = new Uint16Array(bytes.length >> 1);
  for (let i = 0; i < result.length; i++) result[i] = (bytes[2 * i] as number) | ((bytes[2 * i + 1] as number) << 8);
  return result;
}

/** @returns the frame of a message, or undefined if it is not a whole image of version 2 */
export function readFrame(message: ArrayBuffer): Frame | undefined {
  const bytes = new Uint8Array(message);
  if (bytes.length < HEADER || String.fromCharCode(...bytes.subarray(0, 4)) !== "TCAM" || bytes[4] !== 2)
    return undefined;
  const view = new DataView(message);
  const flags = view.getUint8(5);
  const telemetryBytes = view.getUint16(6, true);
  const payload = bytes.subarray(HEADER + telemetryBytes);
  if (payload.length !== view.getUint32(8, true)) return undefined;
  const pixels = flags & Flag.compressed ? decompress(payload) : words(payload);
  if (pixels?.length !== PIXELS) return undefined;
  const hasTelemetry = (flags & Flag.telemetry) !== 0 && telemetryBytes === TELEMETRY_BYTES;
  const place = (offset: number): Place => ({ row: view.getUint8(offset), column: view.getUint8(offset + 1) });
  return {
    pixels,
    telemetry: hasTelemetry
      ? words(bytes.subarray(HEADER, HEADER + TELEMETRY_BYTES))
      : new Uint16Array(TELEMETRY_BYTES / 2),
    sequence: view.getUint32(12, true),
    disturbed: (flags & Flag.disturbed) !== 0,
    agc: (flags & Flag.agc) !== 0,
    min: view.getUint16(28, true),
    max: view.getUint16(30, true),
    mean: view.getUint16(32, true),
    spot: view.getUint16(34, true),
    minAt: place(36),
    maxAt: place(38),
  };
}

/** The pixel at a place. */
export function pixelAt(frame: Frame, { row, column }: Place): number {
  return frame.pixels[row * COLUMNS + column] as number;
}
