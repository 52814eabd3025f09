// SPDX-License-Identifier: Apache-2.0
/**
 * What an ESP32 application image says of itself (ESP-IDF, "App Image Format"): magic at byte 0, chip at 12,
 * application descriptor at 32 with version and project name.
 */
import { createHash } from "node:crypto";

const IMAGE_MAGIC = 0xe9;
const CHIP_ESP32 = 0;
const DESCRIPTOR_MAGIC = 0xabcd5432;
const Offset = { chip: 12, hashAppended: 23, descriptor: 32, version: 48, project: 80, end: 288 } as const;
/** A slot of the camera's partition table. */
export const SLOT_SIZE = 0x200000;
export const PROJECT = "tCamMini";

export interface FirmwareImage {
  version: string;
  project: string;
  length: number;
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
  if (file.length > SLOT_SIZE) throw new FirmwareError(`the image has ${file.length} bytes, a slot ${SLOT_SIZE}`);
  if (file[Offset.hashAppended] === 1) checkHash(file);
  return { version: text(file, Offset.version), project, length: file.length };
}

function checkHash(file: Buffer): void {
  const body = file.subarray(0, file.length - 32);
  if (
    !createHash("sha256")
      .update(body)
      .digest()
      .equals(file.subarray(file.length - 32))
  )
    throw new FirmwareError("the image is damaged: its SHA-256 does not fit");
}

function text(file: Buffer, offset: number): string {
  const field = file.subarray(offset, offset + 32);
  const end = field.indexOf(0);
  return field.subarray(0, end < 0 ? 32 : end).toString("latin1");
}
