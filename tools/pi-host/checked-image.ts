// SPDX-License-Identifier: Apache-2.0
/** The bytes that a host reads after `image_ready`: the message (0x02, JSON, 0x03), its checksum, optional filler. */

const CHECKSUM = 4;
const START = 0x02;
const END = 0x03;

/** The transfer has no valid image. */
export class TransferError extends Error {}

/**
 * Bytes that a host clocks for an image: the announced number, or, for an SPI that transfers words, rounded up to a multiple of
 * 4. The camera accepts both.
 */
export type Style = "exact" | "rounded";

export function transferLength(announced: number, style: Style): number {
  return style === "exact" ? announced : Math.ceil(announced / 4) * 4;
}

/**
 * The checksum is the sum of the message's bytes, both delimiters included, as unsigned 32-bit, high byte first; it is at
 * `announced` − 4 in both cases.
 * @param bytes of one transfer @param announced the value of `image_ready`
 * @returns the image message's JSON text @throws TransferError
 */
export function checkedImage(bytes: Buffer, announced: number): string {
  const length = announced - CHECKSUM;
  if (length < 2 || bytes.length < announced)
    throw new TransferError(`${bytes.length} bytes read where ${announced} were announced`);
  let sum = 0;
  for (let i = 0; i < length; i++) sum += bytes[i] as number;
  const carried = bytes.readUInt32BE(length);
  if (sum >>> 0 !== carried) throw new TransferError(`checksum ${hex(carried)}, but the bytes' sum is ${hex(sum)}`);
  if (bytes[0] !== START || bytes[length - 1] !== END) throw new TransferError("no message delimiters");
  return bytes.toString("utf8", 1, length - 1);
}

const hex = (value: number): string => (value >>> 0).toString(16).padStart(8, "0");
