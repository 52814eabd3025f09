// SPDX-License-Identifier: Apache-2.0
/**
 * What an ESP32 application image says of itself (ESP-IDF, "App Image Format"): magic at byte 0, number of segments at 1,
 * chip at 12, whether a SHA-256 is appended at 23, the segments from 24 on; application descriptor at 32 with version and
 * project name. Behind it all there may be a signature (docs/updates.md).
 */
import { createHash } from "node:crypto";

const IMAGE_MAGIC = 0xe9;
const CHIP_ESP32 = 0;
const DESCRIPTOR_MAGIC = 0xabcd5432;
const Offset = {
  segmentCount: 1,
  chip: 12,
  hashAppended: 23,
  segments: 24,
  descriptor: 32,
  version: 48,
  project: 80,
  end: 288,
} as const;
const SEGMENT_HEADER = 8;
/** The checksum is the last byte of a block of 16. */
const BLOCK = 16;
const SHA256 = 32;
const SIGNATURE_MAGIC = "tCamSig1";
/** Bytes of the block that makes an image a signed one. */
const SIGNATURE_BLOCK = 80;
export const PROJECT = "tCamMini";

export interface FirmwareImage {
  version: string;
  project: string;
  /** Bytes to send: the whole file. */
  length: number;
  /** Bytes without the signature. */
  imageLength: number;
  signed: boolean;
}

/** A file that is no firmware for this camera. */
export class FirmwareError extends Error {}

/** @throws FirmwareError saying what the file is not */
export function readFirmwareImage(file: Buffer): FirmwareImage {
  if (file.length < Offset.end || file[0] !== IMAGE_MAGIC) throw new FirmwareError("not an ESP32 application image");
  const chip = file.readUInt16LE(Offset.chip);
  if (chip !== CHIP_ESP32) throw new FirmwareError(`the image is for chip ${chip}, not for an ESP32`);
  if (file.readUInt32LE(Offset.descriptor) !== DESCRIPTOR_MAGIC)
    throw new FirmwareError("the image has no application descriptor (a bootloader or partition table?)");
  const project = text(file, Offset.project);
  if (project !== PROJECT) throw new FirmwareError(`the image is of project "${project}", not "${PROJECT}"`);
  const imageLength = measure(file);
  const hash = file.subarray(imageLength - SHA256, imageLength);
  const body = file.subarray(0, imageLength - SHA256);
  if (file[Offset.hashAppended] === 1 && !createHash("sha256").update(body).digest().equals(hash))
    throw new FirmwareError("the image is damaged: its SHA-256 does not fit");
  const signed = isSignature(file.subarray(imageLength));
  if (file.length !== imageLength && !signed)
    throw new FirmwareError(`the image has ${imageLength} bytes, the file ${file.length}`);
  return { version: text(file, Offset.version), project, length: file.length, imageLength, signed };
}

/** Bytes of the image, from its segments' headers. */
function measure(file: Buffer): number {
  let at: number = Offset.segments;
  for (let left = file[Offset.segmentCount] ?? 0; left > 0 && at + SEGMENT_HEADER <= file.length; left--)
    at += SEGMENT_HEADER + file.readUInt32LE(at + 4);
  const end = Math.ceil((at + 1) / BLOCK) * BLOCK + (file[Offset.hashAppended] === 1 ? SHA256 : 0);
  if (end > file.length) throw new FirmwareError(`the image has ${end} bytes, the file only ${file.length}`);
  return end;
}

function isSignature(bytes: Buffer): boolean {
  return bytes.length === SIGNATURE_BLOCK && bytes.toString("latin1", 0, SIGNATURE_MAGIC.length) === SIGNATURE_MAGIC;
}

function text(file: Buffer, offset: number): string {
  const field = file.subarray(offset, offset + 32);
  const end = field.indexOf(0);
  return field.subarray(0, end < 0 ? 32 : end).toString("latin1");
}
