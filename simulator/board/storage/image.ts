// SPDX-License-Identifier: Apache-2.0
/**
 * ESP32 application images: header, segments, application descriptor, checksum, appended SHA-256
 * (Espressif, "Firmware Image Format"; application descriptor as in ESP-IDF's esp_app_desc_t).
 */
import { createHash } from "node:crypto";
import { Random } from "../../lepton/random";

const IMAGE_MAGIC = 0xe9;
const DESCRIPTOR_MAGIC = 0xabcd5432;
const CHIP_ESP32 = 0;
const HEADER = 24;
const SEGMENT_HEADER = 8;
/** The descriptor begins the first segment. */
const DESCRIPTOR_AT = HEADER + SEGMENT_HEADER;
const DESCRIPTOR = 256;
const VERSION_AT = DESCRIPTOR_AT + 16;
const PROJECT_AT = DESCRIPTOR_AT + 48;
const NAME_LENGTH = 32;
const CHECKSUM_SEED = 0xef;
const MAX_SEGMENTS = 16;
const SHA256 = 32;
/** DROM, where the first segment of an ESP32 application is mapped. */
const LOAD_ADDRESS = 0x3f400020;
const BEHAVIOUR_MARK = "tcam-virtual-board:";

/** How the virtual board treats the process that runs this image: bad updates for tests of the rollback. Board time. */
export interface ImageBehaviour {
  /** It ends with a crash this many ms after its start. */
  readonly crashAfter?: number;
  /** It stops doing anything. */
  readonly hangAfter?: number;
}

export interface ImageOptions {
  readonly version: string;
  readonly project?: string;
  /** Whole size in bytes, a multiple of 16 (rounded up); at least what is needed. */
  readonly size?: number;
  readonly chip?: number;
  readonly behaviour?: ImageBehaviour;
  /** Fills the program text, so that images differ. */
  readonly seed?: number;
}

export interface ImageInfo {
  readonly version: string;
  readonly project: string;
  /** Bytes of the image with its SHA-256. */
  readonly size: number;
  readonly behaviour: ImageBehaviour;
}

/** An image the bootloader accepts. Its program text is filler: what runs is the firmware built for this computer. */
export function makeImage(options: ImageOptions): Buffer {
  const minimum = DESCRIPTOR_AT + DESCRIPTOR + 256 + 16 + SHA256;
  const size = Math.ceil(Math.max(options.size ?? 65_536, minimum) / 16) * 16;
  const end = size - SHA256;
  const image = Buffer.alloc(size);
  image.set([IMAGE_MAGIC, 1, 2, 0x20]);
  image.writeUInt32LE(0x40081000, 4); // entry point
  image[8] = 0xee; // no write-protect pin
  image.writeUInt16LE(options.chip ?? CHIP_ESP32, 12);
  image.writeUInt16LE(399, 17); // highest chip revision, as the IDF's default
  image[23] = 1; // SHA-256 appended
  const length = Math.floor((end - DESCRIPTOR_AT - 1) / 4) * 4;
  image.writeUInt32LE(LOAD_ADDRESS, HEADER);
  image.writeUInt32LE(length, HEADER + 4);
  fillProgram(image.subarray(DESCRIPTOR_AT + DESCRIPTOR, DESCRIPTOR_AT + length), options.seed ?? 1);
  image.writeUInt32LE(DESCRIPTOR_MAGIC, DESCRIPTOR_AT);
  image.write(options.version.slice(0, NAME_LENGTH - 1), VERSION_AT, "utf8");
  image.write((options.project ?? "tCamMini").slice(0, NAME_LENGTH - 1), PROJECT_AT, "utf8");
  if (options.behaviour) {
    const text = `${BEHAVIOUR_MARK}${JSON.stringify(options.behaviour)}\0`;
    image.write(text, DESCRIPTOR_AT + DESCRIPTOR, "utf8");
  }
  image[end - 1] = image
    .subarray(DESCRIPTOR_AT, DESCRIPTOR_AT + length)
    .reduce((sum, byte) => sum ^ byte, CHECKSUM_SEED);
  createHash("sha256").update(image.subarray(0, end)).digest().copy(image, end);
  return image;
}

function fillProgram(bytes: Buffer, seed: number): void {
  const random = new Random(seed);
  for (let i = 0; i < bytes.length; i++) bytes[i] = random.uint32() & 0xff;
}

/** @returns what is in the image, or a phrase saying why the bootloader refuses it */
export function readImage(partition: Uint8Array): ImageInfo | string {
  const bytes = Buffer.from(partition.buffer, partition.byteOffset, partition.byteLength);
  if (bytes.length < DESCRIPTOR_AT + DESCRIPTOR || bytes[0] !== IMAGE_MAGIC) return "no image";
  if (bytes.readUInt16LE(12) !== CHIP_ESP32) return "an image for another chip";
  const body = readSegments(bytes);
  if (typeof body === "string") return body;
  const end = Math.ceil((body.end + 1) / 16) * 16;
  const hashed = bytes[23] === 1;
  if (end + (hashed ? SHA256 : 0) > bytes.length) return "the image is longer than its partition";
  if (bytes[end - 1] !== body.checksum) return "wrong checksum";
  if (
    hashed &&
    !createHash("sha256")
      .update(bytes.subarray(0, end))
      .digest()
      .equals(bytes.subarray(end, end + SHA256))
  )
    return "wrong SHA-256";
  if (bytes.readUInt32LE(DESCRIPTOR_AT) !== DESCRIPTOR_MAGIC) return "no application descriptor";
  return {
    version: readName(bytes, VERSION_AT),
    project: readName(bytes, PROJECT_AT),
    size: end + (hashed ? SHA256 : 0),
    behaviour: readBehaviour(bytes),
  };
}

function readSegments(bytes: Buffer): { end: number; checksum: number } | string {
  const count = bytes[1] as number;
  if (count < 1 || count > MAX_SEGMENTS) return `${count} segments`;
  let at = HEADER;
  let checksum = CHECKSUM_SEED;
  for (let segment = 0; segment < count; segment++) {
    if (at + SEGMENT_HEADER > bytes.length) return "a segment outside the partition";
    const length = bytes.readUInt32LE(at + 4);
    at += SEGMENT_HEADER;
    if (length > bytes.length - at) return "a segment outside the partition";
    for (let i = at; i < at + length; i++) checksum ^= bytes[i] as number;
    at += length;
  }
  return { end: at, checksum };
}

function readName(bytes: Buffer, at: number): string {
  const field = bytes.subarray(at, at + NAME_LENGTH);
  const end = field.indexOf(0);
  return field.toString("utf8", 0, end < 0 ? NAME_LENGTH : end);
}

function readBehaviour(bytes: Buffer): ImageBehaviour {
  const at = DESCRIPTOR_AT + DESCRIPTOR;
  if (bytes.toString("latin1", at, at + BEHAVIOUR_MARK.length) !== BEHAVIOUR_MARK) return {};
  const text = bytes.subarray(at + BEHAVIOUR_MARK.length, at + 256);
  return JSON.parse(text.toString("utf8", 0, text.indexOf(0))) as ImageBehaviour;
}
