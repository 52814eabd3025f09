// SPDX-License-Identifier: Apache-2.0

/** A sensor behind a fake board. All pixels of a frame are the frame's number, if the test does not choose others. */
import type { Channel } from "../platform/fake-board";
import { FakeBoard } from "../platform/fake-board";

const PACKET = 164;
const SEGMENT_PACKETS = 61;
/** After each frame; the real part sends eight. */
const EMPTY_SEGMENTS = 1;
const PERIOD_MICROSECONDS = 9497;

/** CRC-16 as in the datasheet: polynomial 0x1021, start 0; the packet's ID bits 15:12 and its CRC field are zero here. */
function crc(packet: Uint8Array): number {
  let value = 0;
  for (const byte of packet) {
    value ^= byte << 8;
    for (let bit = 0; bit < 8; bit++) value = value & 0x8000 ? ((value << 1) ^ 0x1021) & 0xffff : value << 1;
  }
  return value;
}

/** Value of pixel `index` (row by row) of a frame. */
export type PixelOf = (frame: number, index: number) => number;

/** Telemetry row A of a frame; rows B and C hold their word's index. */
function telemetryWord(frame: number, index: number): number {
  if (index === 0) return 14;
  if (index === 1) return frame * 114;
  if (index === 20) return frame;
  if (index === 72) return 7;
  return index < 80 ? 0 : index;
}

function packetBytes(frame: number, segment: number, packet: number, pixel: PixelOf): Buffer {
  const bytes = Buffer.alloc(PACKET);
  const row = (segment - 1) * SEGMENT_PACKETS + packet - 240;
  const word = (i: number): number => {
    if (row < 0) return pixel(frame, (row + 240) * 80 + i);
    return row < 3 ? telemetryWord(frame, row * 80 + i) : 0;
  };
  for (let i = 0; i < 80; i++) bytes.writeUInt16BE(word(i), 4 + 2 * i);
  bytes[1] = packet;
  bytes.writeUInt16BE(crc(bytes), 2);
  if (packet === 20) bytes[0] = segment << 4;
  return bytes;
}

/** A sensor that sends numbered frames. */
export class FakeSensor {
  /** The frame sent now; its pixels' value. */
  frame = 1;
  /** VSYNC pulses stop when it is false. */
  vsync = true;
  /** Byte sent instead of packets. */
  garbage: number | undefined;
  /** Messages of the firmware, without T. */
  readonly log: string[] = [];
  #channel: Channel | undefined;
  #armed = false;
  #silent = false;
  #step = 0;
  #time = 0;
  #pulse = 0;

  constructor(
    /** Number of frames to send. */
    public frames: number,
    private readonly pixel: PixelOf = (frame) => frame,
  ) {}

  attach(channel: Channel): void {
    this.#channel = channel;
    channel.onMessage = (type, payload) => this.#onMessage(type, payload);
  }

  /** Continues after `frames` or `vsync` was changed. */
  resume(): void {
    if (this.#silent) this.#pulseNext();
  }

  #onMessage(type: string, payload: Buffer): void {
    if (type === "T") return this.#transfer(payload.readUInt32LE(0));
    this.log.push(type);
    if (type === "A") this.#armed = true;
    if (type === "Z") this.#armed = false;
    if (type === "I") {
      this.#time += payload.readUInt32LE(0);
      this.#channel?.send("K");
    }
    if (type === "E" || type === "I") this.#pulseNext();
  }

  #pulseNext(): void {
    this.#silent = !this.vsync || (this.frame > this.frames && this.garbage === undefined);
    if (this.#silent || !this.#armed) return;
    const bytes = Buffer.alloc(12);
    bytes.writeBigUInt64LE(BigInt((this.#time += PERIOD_MICROSECONDS)), 0);
    bytes.writeUInt32LE(++this.#pulse, 8);
    this.#channel?.send("V", bytes);
  }

  #transfer(count: number): void {
    if (this.garbage !== undefined) return this.#channel?.send("D", Buffer.alloc(count, this.garbage));
    const segment = this.#step < 4 ? this.#step + 1 : 0;
    const packets = [];
    for (let packet = 0; packet < count / PACKET; packet++)
      packets.push(packetBytes(this.frame, segment || 1, packet, this.pixel));
    if (!segment) (packets[20] as Buffer)[0] = 0;
    this.#channel?.send("D", Buffer.concat(packets));
    if (++this.#step === 4 + EMPTY_SEGMENTS) {
      this.#step = 0;
      this.frame++;
    }
  }
}

/** A board with this sensor only. */
export function boardWith(sensor: FakeSensor): Promise<FakeBoard> {
  return FakeBoard.start((channel) => {
    sensor.attach(channel);
    return { ok: true };
  });
}

/** First lines of the scripts. */
export const OPEN = `
  import { VoSPI, Frame } from "drivers/vospi/vospi";
  const open = (options) => new VoSPI({
    spi: { clock: 5, in: 19, select: 12, hz: 16000000, mode: 3 }, vsync: 13, slots: 4,
    onReadable() {}, onStall() {}, ...options });
  const fails = (f) => { try { f(); return "no error"; } catch (error) { return error.constructor.name + ": " + error.message; } };
`;
