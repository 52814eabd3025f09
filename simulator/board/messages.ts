// SPDX-License-Identifier: Apache-2.0
/** Messages of the board link's binary channels: u32 payload length, u8 type (a letter), payload; little-endian. */

/** Longest payload the link carries, in bytes. */
export const MAX_PAYLOAD = 1_048_576;
const HEADER = 5;

/** The peer broke the link's rules. The connection is closed with this as the reason. */
export class LinkError extends Error {}

/** @returns one whole message, ready for a single write */
export function encodeMessage(type: string, payload?: Uint8Array): Buffer {
  const length = payload?.length ?? 0;
  const message = Buffer.allocUnsafe(HEADER + length);
  message.writeUInt32LE(length, 0);
  message[4] = type.charCodeAt(0);
  if (payload) message.set(payload, HEADER);
  return message;
}

/** Cuts a byte stream into messages, however it is split into reads. */
export class MessageReader {
  #rest: Buffer | undefined;
  readonly #onMessage: (type: string, payload: Buffer) => void;

  /** @param onMessage gets a view of the received bytes: copy what is kept */
  constructor(onMessage: (type: string, payload: Buffer) => void) {
    this.#onMessage = onMessage;
  }

  /** @throws LinkError when a length is out of range */
  push(chunk: Buffer): void {
    let bytes = this.#rest ? Buffer.concat([this.#rest, chunk]) : chunk;
    this.#rest = undefined;
    while (bytes.length >= HEADER) {
      const length = bytes.readUInt32LE(0);
      if (length > MAX_PAYLOAD) throw new LinkError(`a message of ${length} bytes, more than ${MAX_PAYLOAD}`);
      if (bytes.length < HEADER + length) break;
      const type = String.fromCharCode(bytes[4] as number);
      const payload = bytes.subarray(HEADER, HEADER + length);
      bytes = bytes.subarray(HEADER + length);
      this.#onMessage(type, payload);
    }
    if (bytes.length > 0) this.#rest = bytes;
  }
}

/** Length of a frame's header: u32 payload length, u8 kind, u16 channel. */
export const FRAME_HEADER = 7;

/** Writes the header of a lock-step frame at `offset`. */
export function writeFrameHeader(into: Buffer, offset: number, kind: string, channel: number, length: number): void {
  into.writeUInt32LE(length, offset);
  into[offset + 4] = kind.charCodeAt(0);
  into.writeUInt16LE(channel, offset + 5);
}

/** Cuts a byte stream into lock-step frames. */
export class FrameReader {
  #rest: Buffer | undefined;
  readonly #onFrame: (kind: string, channel: number, payload: Buffer) => void;

  /** @param onFrame gets a view of the received bytes, which stay as they are */
  constructor(onFrame: (kind: string, channel: number, payload: Buffer) => void) {
    this.#onFrame = onFrame;
  }

  /** @throws LinkError when a length is out of range */
  push(chunk: Buffer): void {
    const bytes = this.#rest ? Buffer.concat([this.#rest, chunk]) : chunk;
    this.#rest = undefined;
    let at = 0;
    while (bytes.length - at >= FRAME_HEADER) {
      const length = bytes.readUInt32LE(at);
      if (length > MAX_PAYLOAD + HEADER) throw new LinkError(`a frame of ${length} bytes`);
      const end = at + FRAME_HEADER + length;
      if (bytes.length < end) break;
      const kind = String.fromCharCode(bytes[at + 4] as number);
      this.#onFrame(kind, bytes.readUInt16LE(at + 5), bytes.subarray(at + FRAME_HEADER, end));
      at = end;
    }
    if (at < bytes.length) this.#rest = bytes.subarray(at);
  }
}

/** Cuts a byte stream into lines without their `\n`. */
export class LineReader {
  #rest = Buffer.alloc(0);
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** @throws LinkError when a line is longer than the limit */
  push(chunk: Buffer): string[] {
    let bytes = this.#rest.length > 0 ? Buffer.concat([this.#rest, chunk]) : chunk;
    const lines: string[] = [];
    for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10)) {
      lines.push(bytes.toString("utf8", 0, end));
      bytes = bytes.subarray(end + 1);
    }
    if (bytes.length > this.#limit) throw new LinkError(`a line of more than ${this.#limit} bytes`);
    this.#rest = Buffer.from(bytes);
    return lines;
  }
}
