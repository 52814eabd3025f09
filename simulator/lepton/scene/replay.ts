// SPDX-License-Identifier: Apache-2.0

import { PIXELS } from "./scene";
import type { WordScene } from "./scene";

/** Telemetry rows A, B and C. */
const TELEMETRY_WORDS = 240;

/** An image packet as a camera sent it. */
export interface Recording {
  readonly pixels: Uint16Array;
  readonly telemetry: Uint16Array;
}

/** The content of a file is no recorded image packet; the message says what it lacks. */
export class RecordingError extends Error {
  override readonly name = "RecordingError";
}

/**
 * Reads a recorded image packet: one JSON object with `radiometric` (19,200 words) and `telemetry` (240 words), both base64
 * of little-endian 16-bit words. Other keys are ignored. Throws RecordingError for anything else.
 * @param text the file's content
 */
export function parseRecording(text: string): Recording {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new RecordingError(`not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new RecordingError("not an image packet: a JSON object with radiometric and telemetry is wanted");
  }
  const packet = value as Record<string, unknown>;
  return { pixels: words(packet, "radiometric", PIXELS), telemetry: words(packet, "telemetry", TELEMETRY_WORDS) };
}

function words(packet: Record<string, unknown>, key: string, count: number): Uint16Array {
  const text = packet[key];
  if (text === undefined) throw new RecordingError(`not an image packet: ${key} is missing`);
  if (typeof text !== "string") throw new RecordingError(`${key} must be a string of base64`);
  // Buffer.from skips what is no base64; a damaged file must not pass.
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) throw new RecordingError(`${key} is not base64`);
  const bytes = Buffer.from(text, "base64");
  if (bytes.length !== count * 2)
    throw new RecordingError(`${key} holds ${bytes.length} bytes in place of ${count * 2}`);
  const result = new Uint16Array(count);
  for (let i = 0; i < count; i++) result[i] = bytes.readUInt16LE(2 * i);
  return result;
}

/** Repeats one recorded image: its pixels and its telemetry, but for counters and times. */
export class ReplayScene implements WordScene {
  readonly kind = "words";
  readonly telemetry: Uint16Array;

  /** @param name what the scene is called, such as the file's name */
  constructor(
    private readonly recording: Recording,
    readonly name: string,
  ) {
    this.telemetry = recording.telemetry;
  }

  words(_frame: number, words: Uint16Array): void {
    words.set(this.recording.pixels);
  }
}
