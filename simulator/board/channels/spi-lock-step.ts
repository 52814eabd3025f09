// SPDX-License-Identifier: Apache-2.0
/**
 * The VoSPI bus for a firmware in lock-step. The bus reads a segment by itself when VSYNC rises, as the DMA of the ESP32 does, and
 * every transfer takes its time: the answer comes when it has ended.
 */
import type { AlarmHandle } from "../../lepton";
import type { Channel } from "../link";
import { encodeMessage, LinkError } from "../messages";
import { needBytes, unknownMessage } from "./requests";
import { checkCount, type SpiBus } from "./spi-bus";
import { encodeVsync, SEGMENT_AT } from "./vsync";

export class LockStepSpiChannel implements Channel {
  readonly #bus: SpiBus;
  /** Bytes to read at each VSYNC; undefined: not armed. */
  #segment: number | undefined;
  #pulses = 0;
  /** The transfer or the idle time that the bus is busy with. */
  #busy: AlarmHandle | undefined;
  #pausing = false;
  /** Of the segment being read; one transfer runs at a time, and sending copies it. */
  #message: Buffer | undefined;
  /** The request that waits for the end of a segment that the bus reads by itself. */
  #queued: (() => void) | undefined;

  constructor(bus: SpiBus) {
    this.#bus = bus;
    bus.lepton.onVsync = (time) => this.#pulse(time);
    bus.lepton.spiSelect(false);
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
    this.#bus.lepton.onVsync = undefined;
    this.#bus.onClosed();
  }

  #disarm(): void {
    this.#segment = undefined;
    if (this.#busy) this.#bus.pacer.clock.cancel(this.#busy);
    this.#busy = undefined;
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
    this.#clock(message.subarray(SEGMENT_AT), () => this.#bus.connection.write(message));
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
    this.#begin((8e6 * into.length) / this.#bus.hz, () => {
      this.#bus.lepton.spiSelect(false);
      this.#bus.onRead(into);
      done();
    });
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
