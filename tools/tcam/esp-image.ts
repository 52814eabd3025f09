// SPDX-License-Identifier: Apache-2.0
/**
 * ESP32 application images: header, segments, checksum, appended SHA-256 (Espressif, "Firmware Image Format") and the application
 * descriptor that begins the first segment (`esp_app_desc_t` of ESP-IDF).
 */
import { createHash } from "node:crypto";

export const IMAGE_MAGIC = 0xe9;
export const DESCRIPTOR_MAGIC = 0xabcd5432;
export const CHIP_ESP32 = 0;
const MAX_SEGMENTS = 16;
/** Bytes of a segment's header: load address and length. */
const SEGMENT_HEADER = 8;
const WORD = 4;
/** The checksum is the last byte of a block of 16: the segments' bytes, combined by XOR with this seed. */
export const CHECKSUM_SEED = 0xef;
const CHECKSUM_BLOCK = 16;
export const SHA256 = 32;
/** Bytes of the descriptor's texts, with their NUL. */
export const TEXT_LENGTH = 32;

/** Byte offsets in an image. */
export const Offset = {
  segmentCount: 1,
  chip: 12,
  hashAppended: 23,
  segments: 24,
  descriptor: 32,
  version: 48,
  project: 80,
  /** End of the descriptor: the smallest length of an application. */
  end: 288,
} as const;

export interface EspImage {
  readonly version: string;
  readonly project: string;
  /** Bytes, including an appended SHA-256. */
  readonly length: number;
  /** A SHA-256 is appended. */
  readonly hashed: boolean;
}

/** @returns the image at the start of `bytes`, or the reason why it cannot run */
export function readEspImage(bytes: Buffer): EspImage | string {
  if (bytes.length < Offset.end || bytes[0] !== IMAGE_MAGIC) return "not an ESP32 application image";
  const chip = bytes.readUInt16LE(Offset.chip);
  if (chip !== CHIP_ESP32) return `the image is for chip ${chip}, not for an ESP32`;
  if (bytes.readUInt32LE(Offset.descriptor) !== DESCRIPTOR_MAGIC)
    return "the image has no application descriptor (a bootloader or partition table?)";
  const count = bytes[Offset.segmentCount] ?? 0;
  if (count < 1 || count > MAX_SEGMENTS) return `the image has ${count} segments, not 1 to ${MAX_SEGMENTS}`;
  const segments = readSegments(bytes, count);
  if (segments.odd !== undefined) return `the image has a segment of ${segments.odd} bytes, not whole words`;
  const end = Math.ceil((segments.end + 1) / CHECKSUM_BLOCK) * CHECKSUM_BLOCK;
  const hashed = bytes[Offset.hashAppended] === 1;
  const length = end + (hashed ? SHA256 : 0);
  if (length > bytes.length) return `the image has ${length} bytes, of which only ${bytes.length} are there`;
  if (bytes[end - 1] !== segments.checksum) return "the image is damaged: its checksum does not fit";
  if (hashed && !hash(bytes.subarray(0, end)).equals(bytes.subarray(end, length)))
    return "the image is damaged: its SHA-256 does not fit";
  return { version: text(bytes, Offset.version), project: text(bytes, Offset.project), length, hashed };
}

/** `end` may be greater than the number of bytes. `odd` is the length of a segment that is not a multiple of 4: the bootloader rejects it. */
function readSegments(bytes: Buffer, count: number): { end: number; checksum: number; odd?: number } {
  let at: number = Offset.segments;
  let checksum = CHECKSUM_SEED;
  for (let left = count; left > 0; left--) {
    const start = at + SEGMENT_HEADER;
    if (start > bytes.length) return { end: start, checksum };
    const length = bytes.readUInt32LE(start - 4);
    if (length % WORD !== 0 && length <= bytes.length - start) return { end: start, checksum, odd: length };
    at = start + length;
    for (let i = start; i < at && i < bytes.length; i++) checksum ^= bytes[i] ?? 0;
  }
  return { end: at, checksum };
}

function hash(bytes: Buffer): Buffer {
  return createHash("sha256").update(bytes).digest();
}

function text(bytes: Buffer, offset: number): string {
  const field = bytes.subarray(offset, offset + TEXT_LENGTH);
  const end = field.indexOf(0);
  return field.subarray(0, end < 0 ? TEXT_LENGTH : end).toString("latin1");
}
