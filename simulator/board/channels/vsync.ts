// SPDX-License-Identifier: Apache-2.0
/** The message `V` of the board link's channel `spi`. */

export const MESSAGE_HEADER = 5;
/** u64 µs, u32 pulse number. */
const VSYNC_BYTES = 12;
/** Where the segment's bytes begin. */
export const SEGMENT_AT = MESSAGE_HEADER + VSYNC_BYTES;

/**
 * Writes the message with room for `count` bytes of the segment behind it.
 * @param time board time of the edge in microseconds
 * @param into used if its length is right
 */
export function encodeVsync(time: number, pulse: number, count: number, into?: Buffer): Buffer {
  const length = SEGMENT_AT + count;
  const message = into?.length === length ? into : Buffer.allocUnsafe(length);
  message.writeUInt32LE(VSYNC_BYTES + count, 0);
  message[4] = 0x56; // V
  message.writeBigUInt64LE(BigInt(Math.floor(time)), MESSAGE_HEADER);
  message.writeUInt32LE(pulse, MESSAGE_HEADER + 8);
  return message;
}
