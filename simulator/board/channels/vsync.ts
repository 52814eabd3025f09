// SPDX-License-Identifier: Apache-2.0
/** The message `V` of the board link's channel `spi`. */

export const MESSAGE_HEADER = 5;
/** u64 µs, u32 pulse number. */
const VSYNC_BYTES = 12;
/** Where the segment's bytes begin. */
export const SEGMENT_AT = MESSAGE_HEADER + VSYNC_BYTES;

/**
 * @param time board time of the edge in microseconds
 * @param count bytes to leave room for behind it
 */
export function encodeVsync(time: number, pulse: number, count: number): Buffer {
  const message = Buffer.allocUnsafe(SEGMENT_AT + count);
  message.writeUInt32LE(VSYNC_BYTES + count, 0);
  message[4] = 0x56; // V
  message.writeBigUInt64LE(BigInt(Math.floor(time)), MESSAGE_HEADER);
  message.writeUInt32LE(pulse, MESSAGE_HEADER + 8);
  return message;
}
