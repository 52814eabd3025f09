// SPDX-License-Identifier: Apache-2.0
/**
 * The VoSPI bus for a firmware in lock-step. The bus reads a segment by itself when VSYNC rises, as the DMA of the ESP32 does, and
 * every transfer takes its time: the answer comes when it has ended.
 */
import type { AlarmHandle, Lepton } from "../../lepton";
import type { Channel, Connection } from "../link";
import { encodeMessage, LinkError, MAX_PAYLOAD } from "../messages";
import type { Pacer } from "../pacer";
import { needBytes, unknownMessage } from "./requests";
import { encodeVsync, SEGMENT_AT } from "./vsync";

export class LockStepSpiChannel implements Channel {
  readonly #lepton: Lepton;
  readonly #pacer: Pacer;
  readonly #connection: Connection;
  readonly #hz: number;
  readonly #closed: () => void;
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

  constructor(lepton: Lepton, pacer: Pacer, connection: Connection, hz: number, closed: () => void) {
    this.#lepton = lepton;
    this.#pacer = pacer;
    this.#connection = connection;
    this.#hz = hz;
    this.#closed = closed;
    lepton.onVsync = (time) => this.#pulse(time);
    lepton.spiSelect(false);
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
    this.#lepton.onVsync = undefined;
    this.#closed();
  }

  #disarm(): void {
    this.#segment = undefined;
    if (this.#busy) this.#pacer.clock.cancel(this.#busy);
    this.#busy = undefined;
    this.#queued = undefined;
    this.#pausing = false;
    this.#lepton.spiSelect(false);
  }

  #pulse(time: number): void {
    this.#pulses = (this.#pulses + 1) >>> 0;
    if (this.#segment === undefined || this.#pausing) return;
    // A firmware that stands still starts no transfer: it reads later, and so too late.
    const count = this.#busy || this.#pacer.firmware.stalled ? 0 : this.#segment;
    if (count === 0) return this.#connection.write(encodeVsync(time, this.#pulses, 0));
    const message = (this.#message = encodeVsync(time, this.#pulses, count, this.#message));
    this.#clock(message.subarray(SEGMENT_AT), () => this.#connection.write(message));
  }

  #transfer(count: number): void {
    const bytes = Buffer.allocUnsafe(count);
    this.#clock(bytes, () => this.#connection.write(encodeMessage("D", bytes)));
  }

  /** Clocks the bytes in; `done` when the last one is there. */
  #clock(into: Buffer, done: () => void): void {
    this.#lepton.spiSelect(true);
    // The part knows what it sends at which moment of the transfer.
    this.#lepton.spiTransfer(into.length, this.#hz, into);
    this.#begin((8e6 * into.length) / this.#hz, () => {
      this.#lepton.spiSelect(false);
      done();
    });
  }

  #pause(us: number): void {
    this.#lepton.spiSelect(false);
    this.#pausing = true;
    this.#begin(us, () => {
      this.#pausing = false;
      this.#connection.send("K");
    });
  }

  #begin(us: number, end: () => void): void {
    const { clock } = this.#pacer;
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

/** @throws LinkError */
function checkCount(count: number): number {
  if (count > MAX_PAYLOAD) throw new LinkError(`a transfer of ${count} bytes, more than ${MAX_PAYLOAD}`);
  return count;
}
