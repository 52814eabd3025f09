// SPDX-License-Identifier: Apache-2.0
/** Makes and reads firmware images for the virtual board's flash, with a behaviour for tests of the rollback. */
import { createHash } from "node:crypto";
import {
  CHECKSUM_SEED,
  CHIP_ESP32,
  DESCRIPTOR_MAGIC,
  IMAGE_MAGIC,
  Offset,
  readEspImage,
  SHA256,
  TEXT_LENGTH,
} from "../../../tools/tcam/esp-image";
import { Random } from "../../lepton";

/** DROM, where the first segment of an ESP32 application is mapped. */
const LOAD_ADDRESS = 0x3f400020;
const BEHAVIOUR_MARK = "tcam-virtual-board:";

/** Treatment of the process that runs this firmware image: bad updates for tests of the rollback. Board time. */
export interface FirmwareBehaviour {
  /** Milliseconds from its start to a crash. */
  readonly crashAfter?: number;
  /** Milliseconds from its start to a hang. */
  readonly hangAfter?: number;
}

export interface FirmwareImageOptions {
  readonly version: string;
  readonly project?: string;
  /** Size in bytes with SHA-256, rounded up to a multiple of 16 and to the minimum. Default 65,536. */
  readonly size?: number;
  readonly chip?: number;
  readonly behaviour?: FirmwareBehaviour;
  /** Of the program text, so that firmware images differ. */
  readonly seed?: number;
}

export interface FirmwareImageInfo {
  readonly version: string;
  readonly project: string;
  /** Bytes with SHA-256. */
  readonly size: number;
  readonly behaviour: FirmwareBehaviour;
}

/** A firmware image that the bootloader accepts. Its program text is random: the firmware built for this computer runs. */
export function makeFirmwareImage(options: FirmwareImageOptions): Buffer {
  const minimum = Offset.end + 256 + 16 + SHA256;
  const size = Math.ceil(Math.max(options.size ?? 65_536, minimum) / 16) * 16;
  const end = size - SHA256;
  const image = Buffer.alloc(size);
  image.set([IMAGE_MAGIC, 1, 2, 0x20]);
  image.writeUInt32LE(0x40081000, 4); // entry point
  image[8] = 0xee; // no write-protect pin
  image.writeUInt16LE(options.chip ?? CHIP_ESP32, Offset.chip);
  image.writeUInt16LE(399, 17); // highest chip revision, as the IDF's default
  image[Offset.hashAppended] = 1; // SHA-256 appended
  const length = Math.floor((end - Offset.descriptor - 1) / 4) * 4;
  image.writeUInt32LE(LOAD_ADDRESS, Offset.segments);
  image.writeUInt32LE(length, Offset.segments + 4);
  fillProgram(image.subarray(Offset.end, Offset.descriptor + length), options.seed ?? 1);
  image.writeUInt32LE(DESCRIPTOR_MAGIC, Offset.descriptor);
  image.write(options.version.slice(0, TEXT_LENGTH - 1), Offset.version, "utf8");
  image.write((options.project ?? "tCamMini").slice(0, TEXT_LENGTH - 1), Offset.project, "utf8");
  if (options.behaviour) {
    const text = `${BEHAVIOUR_MARK}${JSON.stringify(options.behaviour)}\0`;
    image.write(text, Offset.end, "utf8");
  }
  image[end - 1] = image
    .subarray(Offset.descriptor, Offset.descriptor + length)
    .reduce((sum, byte) => sum ^ byte, CHECKSUM_SEED);
  createHash("sha256").update(image.subarray(0, end)).digest().copy(image, end);
  return image;
}

function fillProgram(bytes: Buffer, seed: number): void {
  const random = new Random(seed);
  for (let i = 0; i < bytes.length; i++) bytes[i] = random.uint32() & 0xff;
}

/** @returns the content of the firmware image, or the reason why the bootloader rejects it */
export function inspectFirmwareImage(partition: Uint8Array): FirmwareImageInfo | string {
  const bytes = Buffer.from(partition.buffer, partition.byteOffset, partition.byteLength);
  const image = readEspImage(bytes);
  if (typeof image === "string") return image;
  const { version, project, length } = image;
  return { version, project, size: length, behaviour: readBehaviour(bytes) };
}

/** @returns an empty behaviour if the text after the mark is not JSON */
function readBehaviour(bytes: Buffer): FirmwareBehaviour {
  if (bytes.toString("latin1", Offset.end, Offset.end + BEHAVIOUR_MARK.length) !== BEHAVIOUR_MARK) return {};
  const text = bytes.toString("utf8", Offset.end + BEHAVIOUR_MARK.length, Offset.end + 256);
  try {
    const { crashAfter, hangAfter } = JSON.parse(text.slice(0, text.indexOf("\0"))) as Record<string, unknown>;
    return {
      ...(typeof crashAfter === "number" && { crashAfter }),
      ...(typeof hangAfter === "number" && { hangAfter }),
    };
  } catch {
    return {};
  }
}
