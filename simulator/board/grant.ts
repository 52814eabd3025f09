// SPDX-License-Identifier: Apache-2.0
/** The payload of lock-step's frame `G` (docs/board-link.md): how far the firmware may go by itself, and what it gets meanwhile. */
import type { Foreseen } from "./firmware-clock";

/** `like` of a frame that repeats no other. */
const ALONE = 0xffff;
/** Start and end of the grant. */
const TIMES = 8 + 8;
/** µs, channel, like, length. */
const HEADER = 8 + 2 + 2 + 4;
/** Count of changes; then for each its offset and its length. */
const COUNT = 2;
const CHANGE = 4 + 2;

function sizeOf({ bytes, like }: Foreseen): number {
  if (!like) return HEADER + bytes.length;
  return like.changes.reduce((sum, { start, end }) => sum + CHANGE + end - start, HEADER + COUNT);
}

export class GrantEncoder {
  #buffer = Buffer.alloc(0);

  /** @param start and @param end in µs. @returns bytes that are valid until the next call */
  encode(start: number, end: number, frames: readonly Foreseen[]): Buffer {
    const size = frames.reduce((sum, frame) => sum + sizeOf(frame), TIMES);
    if (this.#buffer.length < size) this.#buffer = Buffer.allocUnsafe(2 * size);
    const payload = this.#buffer;
    payload.writeBigUInt64LE(BigInt(start), 0);
    payload.writeBigUInt64LE(BigInt(end), 8);
    let offset = TIMES;
    for (const frame of frames) offset = write(payload, offset, frame);
    return payload.subarray(0, size);
  }
}

/** @returns the offset behind it */
function write(payload: Buffer, at: number, frame: Foreseen): number {
  const { bytes, like } = frame;
  payload.writeBigUInt64LE(BigInt(Math.floor(frame.at)), at);
  payload.writeUInt16LE(frame.channel, at + 8);
  payload.writeUInt16LE(like?.index ?? ALONE, at + 10);
  payload.writeUInt32LE(bytes.length, at + 12);
  let offset = at + HEADER;
  if (!like) {
    payload.set(bytes, offset);
    return offset + bytes.length;
  }
  payload.writeUInt16LE(like.changes.length, offset);
  offset += COUNT;
  for (const { start, end } of like.changes) {
    payload.writeUInt32LE(start, offset);
    payload.writeUInt16LE(end - start, offset + 4);
    payload.set(bytes.subarray(start, end), offset + CHANGE);
    offset += CHANGE + end - start;
  }
  return offset;
}
