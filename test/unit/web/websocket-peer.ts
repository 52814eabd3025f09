// SPDX-License-Identifier: Apache-2.0
/** Frames of RFC 6455, written the plain way, for the client's side of a test. */
import { createHash } from "node:crypto";
import { COMMAND_BYTES } from "modules/protocol/framing";
import { Opcode, type FrameReader, type WebSocketCodec } from "modules/web/websocket-protocol";
import { commandText } from "../protocol/plain-framer";

const FIN = 0x80;
const MASKED = 0x80;

export interface ClientFrame {
  readonly opcode: number;
  readonly payload?: Uint8Array | string;
  /** Not the last fragment of its message. */
  readonly more?: boolean;
  readonly mask?: Uint8Array;
  /** Breaks the protocol. */
  readonly unmasked?: boolean;
  readonly reserved?: number;
}

const bytesOf = (payload: Uint8Array | string): Uint8Array =>
  typeof payload === "string" ? Buffer.from(payload) : payload;

function header(first: number, length: number, masked: number): Buffer {
  if (length < 126) return Buffer.from([first, masked | length]);
  if (length < 65_536) return Buffer.from([first, masked | 126, length >> 8, length & 0xff]);
  const bytes = Buffer.alloc(10);
  bytes[0] = first;
  bytes[1] = masked | 127;
  bytes.writeBigUInt64BE(BigInt(length), 2);
  return bytes;
}

/** A frame of a client. */
export function clientFrame(frame: ClientFrame): Buffer {
  const { opcode, more = false, mask = Uint8Array.of(0x37, 0xfa, 0x21, 0x3d), reserved = 0 } = frame;
  const payload = bytesOf(frame.payload ?? "");
  const first = (more ? 0 : FIN) | reserved | opcode;
  if (frame.unmasked) return Buffer.concat([header(first, payload.length, 0), payload]);
  const masked = payload.map((byte, i) => byte ^ (mask[i & 3] as number));
  return Buffer.concat([header(first, payload.length, MASKED), mask, masked]);
}

/** A frame of the camera. */
export interface ServerFrame {
  readonly opcode: number;
  readonly payload: Buffer;
}

/** The whole frames in `bytes`. @throws Error when one is masked, fragmented or has reserved bits */
export function serverFrames(bytes: Buffer): ServerFrame[] {
  const frames: ServerFrame[] = [];
  for (let at = 0; at + 2 <= bytes.length;) {
    const first = bytes[at] as number;
    const short = bytes[at + 1] as number;
    if ((first & 0xf0) !== FIN || short > 127) throw new Error(`frame at ${at}: ${first.toString(16)} ${short}`);
    if (short === 127) throw new Error("the camera sends no message of 64 KB or more");
    const size = short === 126 ? 4 : 2;
    if (at + size > bytes.length) break;
    const length = short === 126 ? bytes.readUInt16BE(at + 2) : short;
    if (short === 126 && length < 126) throw new Error("the length is not in its shortest form");
    if (at + size + length > bytes.length) break;
    frames.push({ opcode: first & 0x0f, payload: bytes.subarray(at + size, at + size + length) });
    at += size + length;
  }
  return frames;
}

/** WebSocketCodec on Node. */
export const plainCodec: WebSocketCodec = {
  frame: (opcode, payload) => Buffer.concat([header(FIN | opcode, payload.length, 0), payload]),
  accept: (key) => createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64"),
};

function isUTF8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}

const CLOSE_CODES = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014];
const isCloseCode = (code: number): boolean => CLOSE_CODES.includes(code) || (code >= 3000 && code <= 4999);

/** The rules of FrameReader on Node, byte by byte: slow and obvious. The firmware's reader is native. */
export class PlainFrameReader implements FrameReader {
  event = 0;
  text: string | undefined;
  payload = new Uint8Array(0);
  #bytes: number[] = [];
  #message: number[] = [];
  /** Opcode of the message that has begun; 0: none. */
  #opcode = 0;

  constructor(private readonly capacity = COMMAND_BYTES) {}

  feed(bytes: Uint8Array, from: number, to: number): number {
    if (this.event >= 1000) return from;
    this.event = 0;
    let at = from;
    while (at < to && this.event === 0) {
      this.#bytes.push(bytes[at++] as number);
      this.event = this.#take();
    }
    return at;
  }

  reset(): void {
    this.event = this.#opcode = 0;
    this.#bytes = [];
    this.#message = [];
  }

  /** After each byte of a frame. */
  #take(): number {
    const [first = 0, second] = this.#bytes;
    if (second === undefined) return 0;
    const opcode = first & 0x0f;
    const control = opcode >= 8;
    const short = second & 0x7f;
    if (this.#bytes.length === 2) {
      if ((first & 0x70) !== 0 || (second & MASKED) === 0) return 1002;
      if (![0, 1, 2, 8, 9, 10].includes(opcode)) return 1002;
      if (control ? (first & FIN) === 0 || short > 125 : (opcode === 0) !== (this.#opcode !== 0)) return 1002;
    }
    const extra = short === 126 ? 2 : short === 127 ? 8 : 0;
    const size = 2 + extra + 4;
    if (this.#bytes.length < size) return 0;
    const length = extra === 0 ? short : this.#bytes.slice(2, 2 + extra).reduce((sum, byte) => sum * 256 + byte, 0);
    if (this.#bytes.length === size) {
      if ((extra === 2 && length < 126) || (extra === 8 && (length < 65_536 || length >= 2 ** 63))) return 1002;
      if (!control && this.#message.length + length > this.capacity) return 1009;
      if (!control && opcode !== 0) this.#opcode = opcode;
    }
    if (this.#bytes.length < size + length) return 0;
    const mask = this.#bytes.slice(size - 4, size);
    const payload = this.#bytes.slice(size).map((byte, i) => byte ^ (mask[i & 3] as number));
    this.#bytes = [];
    return control ? this.#control(opcode, payload) : this.#fragment((first & FIN) !== 0, payload);
  }

  #control(opcode: number, payload: number[]): number {
    this.payload = Uint8Array.from(payload);
    if (opcode !== Opcode.Close || payload.length === 0) return opcode;
    const [high = 0, low] = payload;
    if (low === undefined || !isCloseCode(high * 256 + low)) return 1002;
    return isUTF8(this.payload.subarray(2)) ? opcode : 1007;
  }

  #fragment(last: boolean, payload: number[]): number {
    this.#message.push(...payload);
    if (!last) return 0;
    const opcode = this.#opcode;
    const bytes = Uint8Array.from(this.#message);
    this.#opcode = 0;
    this.#message = [];
    if (opcode === Opcode.Binary) return opcode;
    if (!isUTF8(bytes)) return 1007;
    const delimited = bytes.includes(2) || bytes.includes(3);
    this.text = delimited ? undefined : commandText(bytes);
    return opcode;
  }
}
