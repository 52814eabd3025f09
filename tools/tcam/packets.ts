// SPDX-License-Identifier: Apache-2.0
/** Packets of the camera's wire protocol: `0x02`, JSON text, `0x03`. */

const START = 0x02;
const END = 0x03;
/** Nothing a camera sends is larger; a stream without an end delimiter is not a camera. */
const LONGEST = 1 << 20;

/** Thrown when the peer does not speak the protocol. */
export class ProtocolError extends Error {}

/** Finds packets in a stream, however it is split. Bytes outside a packet are ignored, a second start begins anew. */
export class PacketReader {
  private readonly pieces: Buffer[] = [];
  private length = 0;
  private inside = false;

  /** @returns the JSON texts that became complete with these bytes */
  push(bytes: Buffer): string[] {
    const packets: string[] = [];
    let from = 0;
    for (let i = 0; i < bytes.length; i++) {
      const byte = bytes[i];
      if (byte === START) {
        this.clear();
        this.inside = true;
        from = i + 1;
      } else if (byte === END && this.inside) {
        this.keep(bytes.subarray(from, i));
        packets.push(Buffer.concat(this.pieces).toString("utf8"));
        this.clear();
      }
    }
    if (this.inside) this.keep(bytes.subarray(from));
    return packets;
  }

  private keep(piece: Buffer): void {
    this.pieces.push(Buffer.from(piece));
    this.length += piece.length;
    if (this.length > LONGEST) throw new ProtocolError(`no end of packet within ${LONGEST} bytes`);
  }

  private clear(): void {
    this.pieces.length = 0;
    this.length = 0;
    this.inside = false;
  }
}

/** A command as it goes over the wire. */
export function frame(message: object): Buffer {
  return Buffer.from(`\x02${JSON.stringify(message)}\x03`, "utf8");
}
