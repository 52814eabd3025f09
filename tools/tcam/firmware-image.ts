// SPDX-License-Identifier: Apache-2.0
/** Firmware files for an update: an application image of this project, behind which there may be a signature (docs/updates.md). */
import { readFileSync } from "node:fs";
import { readEspImage } from "./esp-image";
import { reasonOf } from "./system-error";

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

/** A firmware image and the bytes of its file. */
export interface FirmwareFile extends FirmwareImage {
  bytes: Buffer;
}

/** @throws FirmwareError naming the file, and saying what it is not or why it cannot be read */
export function loadFirmware(path: string): FirmwareFile {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
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

/** Whether the file fits a slot is the camera's to say. @throws FirmwareError saying what the file is not */
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
