// SPDX-License-Identifier: Apache-2.0

import { ROW_WORDS } from "../telemetry-words";
import { PIXELS } from "./scene";
import type { WordScene } from "./scene";

/** Telemetry rows A, B and C. */
const RECORDED_TELEMETRY_WORDS = 3 * ROW_WORDS;

/** A recorded image as a camera sent it: PIXELS words of the picture, rows A to C of the telemetry. */
export interface Recording {
  readonly pixels: Uint16Array;
  readonly telemetry: Uint16Array;
}

/** The text is not a recorded image; the message says why. */
export class RecordingError extends Error {
  override readonly name = "RecordingError";
}

/**
 * Reads a recorded image: one JSON object with `radiometric` (19,200 words) and `telemetry` (240 words), both base64
 * of little-endian 16-bit words. Other keys are ignored.
 * @param text the file's content
 * @throws RecordingError for anything else
 */
export function parseRecording(text: string): Recording {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new RecordingError(`not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new RecordingError("not a recorded image: expected a JSON object with radiometric and telemetry");
  }
  const image = value as Record<string, unknown>;
  return {
    pixels: words(image, "radiometric", PIXELS),
    telemetry: words(image, "telemetry", RECORDED_TELEMETRY_WORDS),
  };
}

function words(image: Record<string, unknown>, key: string, count: number): Uint16Array {
  const text = image[key];
  if (text === undefined) throw new RecordingError(`not a recorded image: ${key} is missing`);
  if (typeof text !== "string") throw new RecordingError(`${key} must be a string of base64`);
  // Buffer.from ignores invalid characters; a damaged file must be refused.
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) throw new RecordingError(`${key} is not base64`);
  const bytes = Buffer.from(text, "base64");
  if (bytes.length !== count * 2) throw new RecordingError(`${key} holds ${bytes.length} bytes, expected ${count * 2}`);
  const result = new Uint16Array(count);
  for (let i = 0; i < count; i++) result[i] = bytes.readUInt16LE(2 * i);
  return result;
}

/** Repeats one recorded image: its pixels, and its telemetry except counters and times. */
export class ReplayScene implements WordScene {
  readonly kind = "words";
  readonly telemetry: Uint16Array;

  /** @param name of the scene, such as the file's name */
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
