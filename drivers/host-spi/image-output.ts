// SPDX-License-Identifier: Apache-2.0
import type { ByteSource } from "drivers/bytes/byte-source";
import type { TimerHandle, Timers } from "drivers/timers/timers";
import type { HostSPI, HostSPIOptions } from "./host-spi";

/** Bytes of the buffer. Hosts reject larger images. */
export const CAPACITY = 54_272;
/** An image that no host has fetched after this time is dropped. */
export const FETCH_TIMEOUT_MS = 1_000;
/** Interval at which a transfer still under way at that time is checked: it may end. */
const RECHECK_MS = 100;
/** After this time more, such a transfer is cut off: the host holds CS low without clocking. */
const CUT_OFF_MS = 2_000;
/** Consecutive failures until the slave counts as failed. */
const PERSISTENT = 3;
const CHECKSUM_BYTES = 4;
/** Bytes copied to the native buffer at a time. */
const COPY_BYTES = 4_096;

export interface ImageMessage extends ByteSource {
  /** Sum of the bytes read, as unsigned 32-bit. */
  checksum(): number;
}

/** A board's entry for the slave, and what the output needs beside it. */
export interface SPIImageOutputOptions extends Pick<HostSPIOptions, "clock" | "out" | "select" | "port"> {
  readonly io: new (options: HostSPIOptions) => Pick<HostSPI, keyof HostSPI>;
  readonly timers: Timers;
  /** Called on each change: with the reason when the slave fails persistently, undefined when it has recovered. */
  onState(reason: string | undefined): void;
}

interface Waiting {
  /** Bytes of the message. A host that clocked this many has all of it. */
  readonly length: number;
  readonly done: (fetched: boolean) => void;
  readonly deadline: number;
  timer: TimerHandle | undefined;
}

/**
 * Image output of the hardware interface: holds one image in the SPI slave's buffer until a host has fetched it in one
 * transfer, or for a second. After a transfer that was too short the image stays for the next one. The message is
 * followed by its checksum, high byte first, and zeros up to a multiple of 4.
 */
export class SPIImageOutput {
  private readonly options: SPIImageOutputOptions;
  private readonly copy = new Uint8Array(COPY_BYTES);
  private readonly sum = new Uint8Array(CHECKSUM_BYTES);
  private spi: Pick<HostSPI, keyof HostSPI> | undefined;
  private waiting: Waiting | undefined;
  private failures = 0;

  /** Does not throw when the slave cannot be opened: the next image opens it. */
  constructor(options: SPIImageOutputOptions) {
    this.options = options;
    try {
      this.open();
    } catch (error) {
      this.fail(error);
    }
  }

  /** No image is waiting. */
  get idle(): boolean {
    return this.waiting === undefined;
  }

  /**
   * Reads a complete image message and arms the slave with it. Only when idle.
   * @param length its bytes
   * @param done called later, once: a host clocked all of it (true), or it was dropped (false)
   * @returns bytes to announce to the host: message and checksum
   * @throws when the slave failed; the next image reopens it
   */
  send(message: ImageMessage, length: number, done: (fetched: boolean) => void): number {
    if (this.waiting) throw new Error("an image is waiting to be fetched");
    try {
      const spi = this.spi ?? this.open();
      this.fill(spi, message, length);
      spi.arm();
    } catch (error) {
      throw this.fail(error);
    }
    if (this.failures > 0) this.options.onState(undefined);
    this.failures = 0;
    const waiting: Waiting = {
      length,
      done,
      deadline: this.options.timers.now() + FETCH_TIMEOUT_MS,
      timer: undefined,
    };
    waiting.timer = this.options.timers.set(() => this.expire(waiting), FETCH_TIMEOUT_MS);
    this.waiting = waiting;
    return length + CHECKSUM_BYTES;
  }

  /** Drops the waiting image; its `done` is not called. */
  cancel(): void {
    const waiting = this.waiting;
    if (!waiting) return;
    this.waiting = undefined;
    this.options.timers.clear(waiting.timer);
    if (this.underWay()) this.closeSPI();
  }

  private open(): Pick<HostSPI, keyof HostSPI> {
    const { io, clock, out, select, port } = this.options;
    return (this.spi = new io({
      ...(port === undefined ? {} : { port }),
      clock,
      out,
      select,
      capacity: CAPACITY,
      onTransfer: (bytes) => this.onTransfer(bytes),
    }));
  }

  private fill(spi: Pick<HostSPI, "clear" | "append">, message: ImageMessage, length: number): void {
    const copy = this.copy;
    spi.clear();
    for (let left = length; left > 0;) {
      const count = message.read(copy);
      if (count === 0) throw new Error(`an image ended ${left} bytes early`);
      spi.append(count === copy.length ? copy : copy.subarray(0, count));
      left -= count;
    }
    const sum = message.checksum();
    for (let i = 0; i < CHECKSUM_BYTES; i++) this.sum[i] = sum >>> (8 * (CHECKSUM_BYTES - 1 - i));
    spi.append(this.sum);
  }

  private onTransfer(bytes: number): void {
    const waiting = this.waiting;
    if (!waiting) return;
    if (bytes >= waiting.length) return this.finish(waiting, true);
    if (this.options.timers.now() >= waiting.deadline) return this.finish(waiting, false);
    try {
      this.spi?.arm();
    } catch (error) {
      this.fail(error);
      this.finish(waiting, false);
    }
  }

  /** Drops an image after its deadline. Never changes bytes that a host is reading: a transfer under way ends first. */
  private expire(waiting: Waiting): void {
    const { timers } = this.options;
    const late = timers.now() - waiting.deadline;
    if (late < CUT_OFF_MS && this.underWay()) waiting.timer = timers.set(() => this.expire(waiting), RECHECK_MS);
    else {
      if (late >= CUT_OFF_MS) this.closeSPI();
      this.finish(waiting, false);
    }
  }

  /** Disarms the slave; true if it cannot be disarmed because a host is clocking. */
  private underWay(): boolean {
    try {
      return this.spi?.disarm() === false;
    } catch (error) {
      this.fail(error);
      return false;
    }
  }

  private finish(waiting: Waiting, fetched: boolean): void {
    this.waiting = undefined;
    this.options.timers.clear(waiting.timer);
    waiting.done(fetched);
  }

  /** Closes the slave; the next image reopens it. */
  private fail(error: unknown): Error {
    const failure = error instanceof Error ? error : new Error(String(error));
    this.closeSPI();
    this.failures += 1;
    if (this.failures === PERSISTENT) this.options.onState(failure.message);
    return failure;
  }

  private closeSPI(): void {
    const spi = this.spi;
    this.spi = undefined;
    try {
      spi?.close();
    } catch {
      // A slave that cannot be closed is replaced as well.
    }
  }
}
