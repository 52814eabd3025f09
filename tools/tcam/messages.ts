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
    let from = 0;
    for (let i = 0; i < bytes.length; i++) {
      const byte = bytes[i];
      if (byte === START) {
        this.clear();
        this.inside = true;
        from = i + 1;
      } else if (byte === END && this.inside) {
        this.keep(bytes.subarray(from, i));
        messages.push(Buffer.concat(this.pieces).toString("utf8"));
        this.clear();
      }
    }
    if (this.inside) this.keep(bytes.subarray(from));
    return messages;
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
