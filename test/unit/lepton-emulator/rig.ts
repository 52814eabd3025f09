// SPDX-License-Identifier: Apache-2.0

import { Lepton, ManualClock, sceneByName } from "../../../simulator/lepton";
import type { LeptonOptions, Scene } from "../../../simulator/lepton";
import type { ThermalScene } from "../../../simulator/lepton/scene/scene";

export const PACKET = 164;
export const FRAME_US = 12 * 9496.936;

/** CRC of each byte, bit by bit as the datasheet writes it: not the emulator's table. */
const CRC_BYTE = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 8;
  for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000 ? ((crc << 1) ^ 0x1021) & 0xffff : (crc << 1) & 0xffff;
  return crc;
});

export function crcOf(bytes: Uint8Array, crc = 0): number {
  for (let i = 0; i < bytes.length; i++) {
    crc = ((crc << 8) & 0xff00) ^ (CRC_BYTE[(crc >> 8) ^ (bytes[i] as number)] as number);
  }
  return crc;
}

/** One packet as it was read. */
export class Packet {
  readonly id: number;
  readonly number: number;
  readonly segment: number;
  readonly discard: boolean;

  constructor(private readonly bytes: Buffer) {
    this.id = bytes.readUInt16BE(0);
    this.number = this.id & 0x0fff;
    this.segment = (this.id >> 12) & 7;
    this.discard = (this.id & 0x0f00) === 0x0f00;
  }

  get crcRight(): boolean {
    // ID bits 15:12 and the CRC itself count as zero.
    let crc = CRC_BYTE[(this.id >> 8) & 0x0f] as number;
    crc = ((crc << 8) & 0xff00) ^ (CRC_BYTE[(crc >> 8) ^ (this.id & 0xff)] as number);
    for (let i = 0; i < 2; i++) crc = ((crc << 8) & 0xff00) ^ (CRC_BYTE[crc >> 8] as number);
    return crcOf(this.bytes.subarray(4), crc) === this.bytes.readUInt16BE(2);
  }

  get words(): number[] {
    return Array.from({ length: 80 }, (_, i) => this.bytes.readUInt16BE(4 + 2 * i));
  }
}

export function parsePacket(bytes: Buffer, at = 0): Packet {
  return new Packet(bytes.subarray(at, at + PACKET));
}

export interface Image {
  words: Uint16Array;
  telemetry: Uint16Array;
  timeUs: number;
}

export interface Segment {
  number: number;
  packets: Packet[];
  whole: boolean;
}

/** A part with its clock, a command interface, and a reader that follows VSYNC. */
export class Rig {
  readonly clock = new ManualClock();
  readonly part: Lepton;
  readonly log: string[] = [];
  readonly pulses: number[] = [];
  readonly images: Image[] = [];
  readonly segments: Segment[] = [];
  /** Read each segment at VSYNC. */
  reading = false;
  packets = 61;
  hz = 16_000_000;
  lateUs = 0;
  private next = 1;
  private frame: Packet[] = [];

  constructor(options: Partial<Omit<LeptonOptions, "clock" | "scene">> & { scene?: Scene | string } = {}) {
    const scene = typeof options.scene === "object" ? options.scene : sceneByName(options.scene ?? "default");
    if (scene === undefined) throw new Error("no such scene");
    this.part = new Lepton({ model: "3.5", log: (text) => this.log.push(text), ...options, clock: this.clock, scene });
    this.part.onVsync = (time): void => {
      this.pulses.push(time);
      if (!this.reading) return;
      if (this.lateUs > 0) this.clock.alarm(time + this.lateUs, () => this.readSegment());
      else this.readSegment();
    };
  }

  /** Powers the part and waits for CCI. */
  boot(): this {
    this.part.power(true);
    this.clock.advance(1_000_000);
    return this;
  }

  /** Boots, switches telemetry and VSYNC on and the automatic FFC off, and starts to read. */
  start(telemetry = true): this {
    this.boot();
    this.set(0x023d, [0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 150, 52, 0]);
    if (telemetry) this.set(0x0219, [1, 0]);
    this.set(0x4855, [5, 0]);
    this.reading = true;
    return this;
  }

  writeRegister(address: number, ...words: number[]): boolean {
    const bytes = Buffer.alloc(2 + 2 * words.length);
    bytes.writeUInt16BE(address, 0);
    words.forEach((word, i) => bytes.writeUInt16BE(word, 2 + 2 * i));
    return this.part.i2cWrite(bytes);
  }

  readRegister(address: number, count = 1): number[] {
    if (!this.writeRegister(address)) throw new Error("not acknowledged");
    const bytes = this.part.i2cRead(2 * count);
    if (bytes === undefined) throw new Error("not acknowledged");
    return Array.from({ length: count }, (_, i) => ((bytes[2 * i] as number) << 8) | (bytes[2 * i + 1] as number));
  }

  get status(): number {
    return this.readRegister(0x0002)[0] as number;
  }

  /** Runs a command to the end of BUSY. @returns its signed result */
  command(word: number, length = 0): number {
    this.writeRegister(0x0006, length);
    this.writeRegister(0x0004, word);
    for (let i = 0; i < 100 && (this.status & 1) !== 0; i++) this.clock.advance(1000);
    return (this.status << 16) >> 24;
  }

  get(id: number, words: number): number[] {
    const result = this.command(id, words);
    if (result !== 0) throw new Error(`0x${id.toString(16)}: result ${result}`);
    return this.readRegister(words > 16 ? 0xf800 : 0x0008, words);
  }

  set(word: number, data: number[]): void {
    const result = this.trySet(word, data);
    if (result !== 0) throw new Error(`0x${word.toString(16)}: result ${result}`);
  }

  trySet(word: number, data: number[]): number {
    this.writeRegister(data.length > 16 ? 0xf800 : 0x0008, ...data);
    return this.command(word, data.length);
  }

  /** Clocks raw bytes with CS low. */
  clockBytes(count: number, hz = this.hz): Buffer {
    const bytes = Buffer.alloc(count);
    this.part.spiSelect(true);
    this.part.spiTransfer(count, hz, bytes);
    return bytes;
  }

  /** Lets the clock catch up with the bus. */
  settle(): void {
    if (this.part.spiFreeAt > this.clock.now()) this.clock.advanceTo(this.part.spiFreeAt);
  }

  /** Raises CS for `us` microseconds. */
  idle(us: number): void {
    this.settle();
    this.part.spiSelect(false);
    this.clock.advance(us);
  }

  /** Runs until `count` more whole images have been read. */
  read(count: number, withinUs = 60_000_000): Image[] {
    const first = this.images.length;
    const end = this.clock.now() + withinUs;
    while (this.images.length < first + count) {
      if (this.clock.now() > end) throw new Error(`${this.images.length - first} of ${count} images in ${withinUs} µs`);
      this.clock.advance(9000);
    }
    return this.images.slice(first, first + count);
  }

  /** Runs until one more whole image has been read. */
  readOne(withinUs?: number): Image {
    return this.read(1, withinUs)[0] as Image;
  }

  private readSegment(): void {
    const bytes = this.clockBytes(this.packets * PACKET);
    const packets = Array.from({ length: this.packets }, (_, i) => parsePacket(bytes, i * PACKET));
    const whole = packets.every((p, i) => !p.discard && p.crcRight && p.number === i);
    // A discard's ID looks like segment 1: it must be recognised first.
    const segment = { number: packets[20]?.discard === false ? packets[20].segment : 0, packets, whole };
    this.segments.push(segment);
    this.take(segment);
  }

  private take({ number, packets, whole }: Segment): void {
    if (!whole || (number !== this.next && number !== 1)) {
      this.next = 1;
      return;
    }
    if (number === 1) this.frame = [];
    this.frame.push(...packets);
    this.next = number + 1;
    if (number < 4) return;
    this.next = 1;
    const words = this.frame.flatMap((p) => p.words);
    const telemetry = Uint16Array.from(words.slice(19200, 19520));
    this.images.push({ words: Uint16Array.from(words.slice(0, 19200)), telemetry, timeUs: this.clock.now() });
  }
}

/** The same temperature everywhere: for measuring noise and radiometry. */
export function uniform(kelvin: number): ThermalScene {
  return { kind: "thermal", name: "uniform", render: (_, out) => void out.fill(kelvin) };
}

/** Upper part one temperature, lower part another; `share` of the rows are upper. */
export function split(upper: number, lower: number, share: number): ThermalScene {
  return {
    kind: "thermal",
    name: "split",
    render: (_, out) => {
      out.fill(lower);
      out.fill(upper, 0, Math.round(120 * share) * 160);
    },
  };
}

export function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] as number;
  return sum / values.length;
}

export function deviation(values: ArrayLike<number>): number {
  const m = mean(values);
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += ((values[i] as number) - m) ** 2;
  return Math.sqrt(sum / values.length);
}

export function long(words: ArrayLike<number>, at: number): number {
  return (words[at] as number) + (words[at + 1] as number) * 65536;
}
