// SPDX-License-Identifier: Apache-2.0
/** Firmware files for an update: an application image of this project, optionally followed by a signature (docs/updates.md). */
import { readEspImage } from "./esp-image";
import { readFileUpTo } from "./read-file";
import { reasonOf } from "./system-error";

const SIGNATURE_MAGIC = "tCamSig1";
/** Bytes of the signature block. */
const SIGNATURE_BLOCK = 80;
/** Size limit of a file: the largest flash of an ESP32 module. */
export const MAX_FILE = 16 * 1024 * 1024;
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

/** The file is no firmware for this camera. */
export class FirmwareError extends Error {}

/** A firmware image and the bytes of its file. */
export interface FirmwareFile extends FirmwareImage {
  bytes: Buffer;
}

/** @throws FirmwareError with the file's name and the reason */
export function loadFirmware(path: string): FirmwareFile {
  let bytes: Buffer;
  try {
    bytes = readFileUpTo(path, MAX_FILE);
  } catch (error) {
    throw new FirmwareError(`cannot read ${path}: ${reasonOf(error)}`);
  }
  try {
    return { bytes, ...readFirmwareImage(bytes) };
  } catch (error) {
    if (!(error instanceof FirmwareError)) throw error;
    throw new FirmwareError(`${path}: ${error.message}`);
  }
}

/** The camera checks whether the file fits its slot. @throws FirmwareError with the reason */
export function readFirmwareImage(file: Buffer): FirmwareImage {
  const image = readEspImage(file);
  if (typeof image === "string") throw new FirmwareError(image);
  const { version, project, length: imageLength } = image;
  if (project !== PROJECT) throw new FirmwareError(`the image is of project "${project}", not "${PROJECT}"`);
  const signed = isSignature(file.subarray(imageLength));
  if (file.length !== imageLength && !signed)
    throw new FirmwareError(`the image has ${imageLength} bytes, the file ${file.length}`);
  return { version, project, length: file.length, imageLength, signed };
}

function isSignature(bytes: Buffer): boolean {
  return bytes.length === SIGNATURE_BLOCK && bytes.toString("latin1", 0, SIGNATURE_MAGIC.length) === SIGNATURE_MAGIC;
}
