// SPDX-License-Identifier: Apache-2.0
/** Messages of the camera's wire protocol: `0x02`, JSON text, `0x03`. */

const START = 0x02;
const END = 0x03;
/** Limit of a message in bytes; an image has 52 KB. */
const LONGEST = 1 << 20;

/** The peer does not speak the protocol. */
export class ProtocolError extends Error {}

/** Finds messages in a stream, however it is split. Ignores bytes outside a message; a second START begins another one. */
export class MessageReader {
  private readonly pieces: Buffer[] = [];
  private length = 0;
  private inside = false;

  /**
   * @returns the JSON texts that became complete with these bytes
   * @throws ProtocolError for a message above the limit
   */
  push(bytes: Buffer): string[] {
    const messages: string[] = [];
    for (let at = 0; at < bytes.length;) {
      const end = bytes.indexOf(END, at);
      this.take(bytes.subarray(at, end < 0 ? bytes.length : end));
      if (end < 0) break;
      if (this.inside) messages.push(Buffer.concat(this.pieces).toString("utf8"));
      this.clear();
      at = end + 1;
    }
    return messages;
  }

  /** Takes bytes without an END. */
  private take(bytes: Buffer): void {
    const start = bytes.lastIndexOf(START);
    if (start >= 0) {
      this.clear();
      this.inside = true;
    }
    if (this.inside) this.keep(bytes.subarray(start + 1));
  }

  private keep(piece: Buffer): void {
    this.pieces.push(Buffer.from(piece));
    this.length += piece.length;
    if (this.length > LONGEST) throw new ProtocolError(`no end of message within ${LONGEST} bytes`);
  }

  private clear(): void {
    this.pieces.length = 0;
    this.length = 0;
    this.inside = false;
  }
}

/** A text with its delimiters, as it goes over the wire. */
export function encodeText(text: string): Buffer {
  return Buffer.from(`\x02${text}\x03`, "utf8");
}

/** A command with its delimiters, as it goes over the wire. */
export function encodeMessage(message: object): Buffer {
  return encodeText(JSON.stringify(message));
}
