// SPDX-License-Identifier: Apache-2.0
import type { Frame } from "modules/camera/frame";
import { engineText } from "modules/protocol/protocol";
import { nativeCodec } from "modules/web/websocket-frames";
import type { BinaryEncoder } from "modules/web/websocket-image";
import { Opcode } from "modules/web/websocket-protocol";
import { FrameBytes } from "./frame-bytes";
import type { Random } from "./random";

const FIN = 0x80;
const MASKED = 0x80;

/** Frames of a client: a message in one frame or in fragments, with other frames between, and seldom something wrong. */
export function clientFrames(random: Random, message: Uint8Array): Uint8Array {
  const parts: Uint8Array[] = [];
  let at = 0;
  let opcode: number = random.once(500) ? Opcode.Binary : Opcode.Text;
  do {
    const count = random.once(4) ? random.below(message.length - at + 1) : message.length - at;
    const last = at + count === message.length && !random.once(20);
    parts.push(frame(random, (last ? FIN : 0) | opcode, message.subarray(at, at + count)));
    at += count;
    if (random.once(10)) parts.push(control(random));
    opcode = 0;
    if (last) break;
    if (at === message.length) {
      parts.push(frame(random, FIN, new Uint8Array(0)));
      break;
    }
  } while (at <= message.length);
  const bytes = joined(parts);
  // A reserved bit. Errors that hide the length of a frame are for the native fuzzer: what follows would be lost.
  if (random.once(300)) bytes[0] = (bytes[0] as number) | (0x10 << random.below(3));
  return bytes;
}

/** A message in one frame. */
export function clientFrame(random: Random, message: Uint8Array): Uint8Array {
  return frame(random, FIN | Opcode.Text, message);
}

function control(random: Random): Uint8Array {
  if (random.once(100)) return frame(random, FIN | Opcode.Close, Uint8Array.of(0x03, 0xe8 + random.below(30)));
  const payload = Uint8Array.from({ length: random.below(126) }, () => random.below(256));
  return frame(random, FIN | (random.once(2) ? Opcode.Ping : Opcode.Pong), payload);
}

function frame(random: Random, first: number, payload: Uint8Array): Uint8Array {
  const { length } = payload;
  const header = length < 126 ? [first, MASKED | length] : [first, MASKED | 126, length >> 8, length & 0xff];
  const mask = Array.from({ length: 4 }, () => random.below(256));
  return Uint8Array.from([...header, ...mask, ...payload.map((byte, i) => byte ^ (mask[i & 3] as number))]);
}

/**
 * Reads the camera's frames.
 * @param take called with each whole frame
 * @returns the position after the last whole frame @throws Error when a frame is wrong
 */
export function readFrames(bytes: Uint8Array, take: (opcode: number, payload: Uint8Array) => void): number {
  let at = 0;
  while (at + 4 <= bytes.length || (at + 2 <= bytes.length && (bytes[at + 1] as number) < 126)) {
    const [first = 0, short = 0, high = 0, low = 0] = bytes.subarray(at, at + 4);
    if ((first & 0x70) !== 0 || (first & FIN) === 0 || short > 126)
      throw new Error(`no frame at ${at}: ${first} ${short}`);
    const size = short === 126 ? 4 : 2;
    const length = short === 126 ? (high << 8) | low : short;
    if (at + size + length > bytes.length) break;
    take(first & 0x0f, bytes.slice(at + size, at + size + length));
    at += size + length;
  }
  return at;
}

/** Encodes small images. */
export class SmallImage extends FrameBytes implements BinaryEncoder {
  start(frame: Frame, version: number): number {
    const text = `TCAM version ${version} of ${frame.sequence}`;
    return this.begin(frame, nativeCodec.frame(Opcode.Binary, engineText.encode(text)));
  }
}

export function joined(parts: readonly Uint8Array[]): Uint8Array {
  if (parts.length === 1 && parts[0]) return parts[0];
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
