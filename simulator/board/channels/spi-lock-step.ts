// SPDX-License-Identifier: Apache-2.0
/**
 * The VoSPI bus for a firmware in lock-step. The bus reads a segment by itself when VSYNC rises, as the DMA of the ESP32 does, and
 * every transfer takes its time: the answer comes when it has ended.
 */
import { type AlarmHandle, SEGMENT_NUMBER_AT, SEGMENTS_PER_FRAME } from "../../lepton";
import type { Channel } from "../link";
import { encodeMessage, LinkError } from "../messages";
import type { Foreseen, Foresight } from "../firmware-clock";
import { needBytes, unknownMessage } from "./requests";
import { checkCount, type SpiBus } from "./spi-bus";
import { encodeVsync, SEGMENT_AT } from "./vsync";

/** What differs in the messages of two segments that carry the same quarter of a frame: the VSYNC, and the segment's number. */
const CHANGES = [
  { start: 0, end: SEGMENT_AT },
  { start: SEGMENT_AT + SEGMENT_NUMBER_AT, end: SEGMENT_AT + SEGMENT_NUMBER_AT + 1 },
];

export class LockStepSpiChannel implements Channel, Foresight {
  readonly #bus: SpiBus;
  /** Bytes to read at each VSYNC; undefined: not armed. */
  #segment: number | undefined;
  #pulses = 0;
  /** The transfer or the idle time that the bus is busy with. */
  #busy: AlarmHandle | undefined;
  #pausing = false;
  /** The bus is busy with a segment that it reads by itself. */
  #reading = false;
  ahead = 0;
  readonly #foreseen: Buffer[] = [];
  /** Message of the segment being read. Reused: one transfer runs at a time, and sending copies it. */
  #message: Buffer | undefined;
  /** The request that waits for the end of a segment that the bus reads by itself. */
  #queued: (() => void) | undefined;

  constructor(bus: SpiBus) {
    this.#bus = bus;
    bus.lepton.onVsync = (time) => this.#pulse(time);
    bus.lepton.spiSelect(false);
    bus.pacer.firmware.foresight = this;
  }

  get alarms(): readonly (AlarmHandle | undefined)[] {
    return [this.#bus.lepton.nextSegment, this.#busy];
  }

  foresee(): ReturnType<Foresight["foresee"]> {
    const count = this.#segment;
    const { channel } = this.#bus.connection;
    if (count === undefined || this.#queued || (this.#busy && !this.#reading)) return undefined;
    const frames: Foreseen[] = [];
    if (this.#busy && this.#message) frames.push({ at: this.#busy.at, channel, bytes: this.#message });
    const duration = this.#duration(count);
    let pulse = this.#pulses;
    const end = this.#bus.lepton.foresee(count, (time, segment) => {
      pulse = (pulse + 1) >>> 0;
      const bytes = encodeVsync(time, pulse, count, this.#foreseen[frames.length]);
      this.#foreseen[frames.length] = bytes;
      segment.copy(bytes, SEGMENT_AT, 0, count);
      const index = frames.length - SEGMENTS_PER_FRAME;
      frames.push({ at: time + duration, channel, bytes, ...(index >= 0 && { like: { index, changes: CHANGES } }) });
    });
    return end === undefined ? undefined : { frames, end };
  }

  given(count: number): void {
    this.ahead = count;
  }

  onMessage(type: string, payload: Buffer): void {
    if (type === "A") {
      needBytes(payload, 4, type);
      this.#segment = checkCount(payload.readUInt32LE(0));
    } else if (type === "Z") this.#disarm();
    else if (type === "T") {
      needBytes(payload, 5, type);
      const count = checkCount(payload.readUInt32LE(0));
      this.#whenFree(() => this.#transfer(count));
    } else if (type === "I") {
      needBytes(payload, 4, type);
      const us = payload.readUInt32LE(0);
      this.#whenFree(() => this.#pause(us));
    } else unknownMessage(type);
  }

  onClose(): void {
    this.#disarm();
    this.#bus.pacer.firmware.foresight = undefined;
    this.#bus.lepton.onVsync = undefined;
    this.#bus.onClosed();
  }

  #disarm(): void {
    this.#segment = undefined;
    if (this.#busy) this.#bus.pacer.clock.cancel(this.#busy);
    this.#busy = undefined;
    this.#reading = false;
    this.#queued = undefined;
    this.#pausing = false;
    this.#bus.lepton.spiSelect(false);
  }

  #pulse(time: number): void {
    this.#pulses = (this.#pulses + 1) >>> 0;
    if (this.#segment === undefined || this.#pausing) return;
    // A firmware that stands still starts no transfer: it reads later, and so too late.
    const count = this.#busy || this.#bus.pacer.firmware.stalled ? 0 : this.#segment;
    if (count === 0) return this.#bus.connection.write(encodeVsync(time, this.#pulses, 0));
    const message = (this.#message = encodeVsync(time, this.#pulses, count, this.#message));
    this.#reading = true;
    this.#clock(message.subarray(SEGMENT_AT), () => {
      if (this.ahead > 0) this.ahead -= 1;
      else this.#bus.connection.write(message);
    });
  }

  #transfer(count: number): void {
    const bytes = Buffer.allocUnsafe(count);
    this.#clock(bytes, () => this.#bus.connection.write(encodeMessage("D", bytes)));
  }

  /** Clocks the bytes in; `done` when the last one is there. */
  #clock(into: Buffer, done: () => void): void {
    this.#bus.lepton.spiSelect(true);
    // The part knows what it sends at which moment of the transfer.
    this.#bus.lepton.spiTransfer(into.length, this.#bus.hz, into);
    this.#begin(this.#duration(into.length), () => {
      this.#bus.lepton.spiSelect(false);
      this.#bus.onRead(into);
      done();
    });
  }

  /** Duration of a transfer in microseconds. */
  #duration(bytes: number): number {
    return (8e6 * bytes) / this.#bus.hz;
  }

  #pause(us: number): void {
    this.#bus.lepton.spiSelect(false);
    this.#pausing = true;
    this.#begin(us, () => {
      this.#pausing = false;
      this.#bus.connection.send("K");
    });
  }

  #begin(us: number, end: () => void): void {
    const { clock } = this.#bus.pacer;
    this.#busy = clock.alarm(clock.now() + us, () => {
      this.#busy = undefined;
      this.#reading = false;
      end();
      const queued = this.#queued;
      this.#queued = undefined;
      queued?.();
    });
  }

  #whenFree(request: () => void): void {
    if (!this.#busy) return request();
    if (this.#queued) throw new LinkError("two requests at once");
    this.#queued = request;
  }
}
