// SPDX-License-Identifier: Apache-2.0
import type { ByteSource } from "drivers/bytes/byte-source";
import type { TimerHandle, Timers } from "drivers/timers/timers";
import type { HostSPIOptions, HostSPIPort } from "./host-spi";

export type { HostSPIOptions, HostSPIPort } from "./host-spi";

/** Bytes of the buffer: hosts refuse larger images. */
export const CAPACITY = 54_272;
/** An image nobody fetched for this long is given up. */
export const FETCH_TIMEOUT_MS = 1_000;
/** A transfer that is under way then is let run on, asked about this often, */
const RECHECK_MS = 100;
/** and cut off after this long: a host that holds CS low without clocking. */
const CUT_OFF_MS = 2_000;
/** Failures in a row that make the port count as failed. */
const PERSISTENT = 3;
const CHECKSUM_BYTES = 4;
/** Images go to the native buffer in pieces of this size. */
const PIECE_BYTES = 4_096;

export interface SummedPacket extends ByteSource {
  /** Sum of the bytes read, as unsigned 32-bit. */
  checksum(): number;
}

export interface HostPortOptions {
  readonly HostSPI: new (options: HostSPIOptions) => HostSPIPort;
  readonly pins: Pick<HostSPIOptions, "clock" | "out" | "select" | "port">;
  readonly timers: Timers;
  /** Told why the port fails when it does so persistently, and undefined when it works. Every image is another attempt. */
  onState(reason: string | undefined): void;
}

interface Waiting {
  /** Bytes of the packet: a host that clocked as many has it whole. */
  readonly length: number;
  readonly done: (fetched: boolean) => void;
  readonly deadline: number;
  timer: TimerHandle | undefined;
}

/**
 * The image side of the hardware interface: one image at a time lies in a buffer of its own until a host has fetched it in one
 * transfer, or for a second. A transfer that was too short leaves it there for another.
 * The packet is followed by its checksum, high byte first, and zeros up to a multiple of 4.
 */
export class HostPort {
  readonly #options: HostPortOptions;
  readonly #piece = new Uint8Array(PIECE_BYTES);
  readonly #sum = new Uint8Array(CHECKSUM_BYTES);
  #spi: HostSPIPort | undefined;
  #waiting: Waiting | undefined;
  #failures = 0;

  constructor(options: HostPortOptions) {
    this.#options = options;
    try {
      this.#open();
    } catch (error) {
      this.#fail(error);
    }
  }

  get idle(): boolean {
    return this.#waiting === undefined;
  }

  /**
   * Takes a packet of `length` bytes whole and arms the slave with it.
   * @param done called later, once: a host clocked all of it (true) or it was given up (false)
   * @returns bytes to announce to the host: packet and checksum
   * @throws when the slave failed; what is wrong with it is put right at the next attempt, if it can be
   */
  send(packet: SummedPacket, length: number, done: (fetched: boolean) => void): number {
    if (this.#waiting) throw new Error("an image waits to be fetched");
    try {
      const spi = this.#spi ?? this.#open();
      this.#fill(spi, packet, length);
      spi.arm();
    } catch (error) {
      throw this.#fail(error);
    }
    if (this.#failures > 0) this.#options.onState(undefined);
    this.#failures = 0;
    const waiting: Waiting = {
      length,
      done,
      deadline: this.#options.timers.now() + FETCH_TIMEOUT_MS,
      timer: undefined,
    };
    waiting.timer = this.#options.timers.set(() => this.#giveUp(waiting), FETCH_TIMEOUT_MS);
    this.#waiting = waiting;
    return length + CHECKSUM_BYTES;
  }

  /** Takes back what waits; its `done` is not called. */
  cancel(): void {
    const waiting = this.#waiting;
    if (!waiting) return;
    this.#waiting = undefined;
    this.#options.timers.clear(waiting.timer);
    this.#takeBack();
  }

  /** Safe twice. */
  close(): void {
    this.cancel();
    this.#closeSPI();
  }

  #open(): HostSPIPort {
    const { HostSPI, pins } = this.#options;
    return (this.#spi = new HostSPI({
      ...pins,
      capacity: CAPACITY,
      onTransfer: (bytes) => this.#onTransfer(bytes),
    }));
  }

  #fill(spi: HostSPIPort, packet: SummedPacket, length: number): void {
    const piece = this.#piece;
    spi.clear();
    for (let left = length; left > 0;) {
      const count = packet.read(piece);
      if (count === 0) throw new Error(`an image ended ${left} bytes early`);
      spi.append(count === piece.length ? piece : piece.subarray(0, count));
      left -= count;
    }
    const sum = packet.checksum();
    for (let i = 0; i < CHECKSUM_BYTES; i++) this.#sum[i] = sum >>> (8 * (CHECKSUM_BYTES - 1 - i));
    spi.append(this.#sum);
  }

  #onTransfer(bytes: number): void {
    const waiting = this.#waiting;
    if (!waiting) return;
    if (bytes >= waiting.length) return this.#finish(waiting, true);
    if (this.#options.timers.now() >= waiting.deadline) return this.#finish(waiting, false);
    try {
      this.#spi?.arm();
    } catch (error) {
      this.#fail(error);
      this.#finish(waiting, false);
    }
  }

  /** The time is over. A transfer under way is let finish: what a host is reading is never changed under its hands. */
  #giveUp(waiting: Waiting): void {
    const { timers } = this.#options;
    const late = timers.now() - waiting.deadline;
    if (late < CUT_OFF_MS && this.#underWay()) waiting.timer = timers.set(() => this.#giveUp(waiting), RECHECK_MS);
    else {
      if (late >= CUT_OFF_MS) this.#closeSPI();
      this.#finish(waiting, false);
    }
  }

  /** Disarms the slave, unless a host is clocking. */
  #underWay(): boolean {
    try {
      return this.#spi?.disarm() === false;
    } catch (error) {
      this.#fail(error);
      return false;
    }
  }

  #takeBack(): void {
    if (this.#underWay()) this.#closeSPI();
  }

  #finish(waiting: Waiting, fetched: boolean): void {
    this.#waiting = undefined;
    this.#options.timers.clear(waiting.timer);
    waiting.done(fetched);
  }

  /** Starts anew from the peripheral's set-up at the next attempt. */
  #fail(error: unknown): Error {
    const failure = error instanceof Error ? error : new Error(String(error));
    this.#closeSPI();
    this.#failures += 1;
    if (this.#failures === PERSISTENT) this.#options.onState(failure.message);
    return failure;
  }

  #closeSPI(): void {
    const spi = this.#spi;
    this.#spi = undefined;
    try {
      spi?.close();
    } catch {
      // What cannot even be closed is replaced all the same.
    }
  }
}
