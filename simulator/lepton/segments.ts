// SPDX-License-Identifier: Apache-2.0

import * as tables from "./crc";
import { PIXELS } from "./scene/scene";
import { ROW_WORDS } from "./telemetry-words";

// Local copies: an imported constant is a property access at each use, which costs time in loops over pixels.
const { CRC_HIGH, CRC_LOW } = tables;

/** A packet: ID, CRC, 80 words (Engineering Datasheet 4.2.3.1; all formats but RGB888). */
export const PACKET_BYTES = 164;
const PAYLOAD_WORDS = 80;
const PIXEL_PACKETS = PIXELS / PAYLOAD_WORDS;
const TELEMETRY_ROWS = 4;
/** Numbered segments of a frame. */
export const SEGMENTS_PER_FRAME = 4;
/** Packets in a segment without and with telemetry. */
const PACKETS = { PLAIN: 60, TELEMETRY: 61 } as const;
/** The number of the last segment of a frame. */
export const LAST_SEGMENT = SEGMENTS_PER_FRAME;
/** Where a segment's number is in its bytes, in the high half of the byte: the ID of packet 20, the only one that has it. */
export const SEGMENT_NUMBER_AT = 20 * PACKET_BYTES;

/** Telemetry before the first row (header) or after the last row (footer) of the picture. */
export type TelemetryLocation = "none" | "header" | "footer";

/** The four segments of the last frame as bytes, each encoded when first read and then kept. */
export class Segments {
  packetsPerSegment: number = PACKETS.PLAIN;
  /** Called before a segment is encoded: completes the frame. */
  onEncode: (() => void) | undefined;
  private readonly buffers: Buffer[] = [];
  private readonly encoded = new Uint8Array(SEGMENTS_PER_FRAME);
  private words = new Uint16Array(PIXELS);
  private telemetry: Uint16Array = new Uint16Array(TELEMETRY_ROWS * ROW_WORDS);
  private location: TelemetryLocation = "none";

  constructor() {
    for (let i = 0; i < SEGMENTS_PER_FRAME; i++) this.buffers.push(Buffer.alloc(PACKETS.TELEMETRY * PACKET_BYTES));
  }

  /** Takes a frame. `words` and `telemetry` are read until the next call. */
  load(words: Uint16Array<ArrayBuffer>, telemetry: Uint16Array, location: TelemetryLocation): void {
    this.words = words;
    this.telemetry = telemetry;
    this.location = location;
    this.packetsPerSegment = location === "none" ? PACKETS.PLAIN : PACKETS.TELEMETRY;
    this.encoded.fill(0);
  }

  /**
   * The bytes of segment `index` (0 … 3), with `number` in packet 20. The CRC does not cover the number,
   * so the same bytes serve the valid segments of the frame and the invalid ones that repeat them.
   */
  get(index: number, number: number): Buffer {
    const buffer = this.buffers[index] as Buffer;
    if (this.encoded[index] === 0) {
      this.onEncode?.();
      this.encode(index, buffer);
      this.encoded[index] = 1;
    }
    buffer[SEGMENT_NUMBER_AT] = number << 4;
    return buffer;
  }

  private encode(index: number, buffer: Buffer): void {
    const first = index * this.packetsPerSegment;
    for (let packet = 0; packet < this.packetsPerSegment; packet++) {
      const place = first + packet - (this.location === "header" ? TELEMETRY_ROWS : 0);
      const at = packet * PACKET_BYTES;
      if (place < 0) encodePacket(buffer, at, packet, this.telemetry, (place + TELEMETRY_ROWS) * ROW_WORDS);
      else if (place < PIXEL_PACKETS) encodePacket(buffer, at, packet, this.words, place * PAYLOAD_WORDS);
      else encodePacket(buffer, at, packet, this.telemetry, (place - PIXEL_PACKETS) * ROW_WORDS);
    }
  }
}

function step(sum: number): number {
  return (CRC_HIGH[sum >> 8] as number) ^ (CRC_LOW[sum & 0xff] as number);
}

/**
 * Writes one packet at `at`: ID, CRC over all 164 bytes with ID bits 15:12 and the CRC itself as zero, 80 words high byte
 * first (Engineering Datasheet 4.2.3.1).
 */
export function encodePacket(buffer: Buffer, at: number, packet: number, words: Uint16Array, from: number): void {
  // The first two words under the CRC are the ID and the zeroed CRC.
  let crc = step(step(packet & 0x0fff));
  let to = at + 4;
  for (let i = from, end = from + PAYLOAD_WORDS; i < end; i++, to += 2) {
    const word = words[i] as number;
    const sum = crc ^ word;
    crc = (CRC_HIGH[sum >> 8] as number) ^ (CRC_LOW[sum & 0xff] as number);
    buffer[to] = word >> 8;
    buffer[to + 1] = word & 0xff;
  }
  buffer[at] = (packet >> 8) & 0x0f;
  buffer[at + 1] = packet & 0xff;
  buffer[at + 2] = crc >> 8;
  buffer[at + 3] = crc & 0xff;
}
