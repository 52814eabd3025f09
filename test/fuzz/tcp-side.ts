// SPDX-License-Identifier: Apache-2.0
/** The bytes of a connection, as the camera's TCP class reads and writes them (typings/embedded_io/socket/tcp.d.ts). */
import type { ByteSource } from "drivers/bytes/byte-source";
import type { SocketCallbacks } from "modules/server/transport";
import type { Random } from "./random";

/** Bytes that the client has sent and the camera has not read. */
export class Incoming {
  #parts: Uint8Array[] = [];

  get length(): number {
    return this.#parts.reduce((sum, { length }) => sum + length, 0);
  }
  push(bytes: Uint8Array): void {
    if (bytes.length > 0) this.#parts.push(bytes);
  }
  clear(): void {
    this.#parts.length = 0;
  }

  /** Fills a buffer. @throws Error when there are not so many bytes */
  read(target: Uint8Array): number {
    for (let at = 0; at < target.length;) {
      const first = this.#parts[0];
      if (!first) throw new Error("invalid");
      const part = first.subarray(0, target.length - at);
      target.set(part, at);
      at += part.length;
      if (part.length === first.length) this.#parts.shift();
      else this.#parts[0] = first.subarray(part.length);
    }
    return target.length;
  }
}

export interface OutgoingOptions {
  /** Bytes of a source that are taken at a time, at most. */
  readonly part: number;
  /** One of so many writes finds no room, as if what was reported had vanished. */
  readonly vanishing: number;
}

/** What the camera writes: bytes, and sources in parts of any size, as there is room. */
export class Outgoing {
  /** A write was refused. */
  starved = false;
  #parts: Uint8Array[] = [];
  #room = 0;
  #source: ByteSource | undefined;
  #length = 0;
  #left = 0;
  /** Nothing was written since the last source: no onWritable. */
  #quiet = false;

  constructor(
    private readonly random: Random,
    private readonly options: OutgoingOptions,
  ) {}

  /** A source is being written. */
  get busy(): boolean {
    return this.#source !== undefined;
  }
  /** Bytes of the last source that were written. */
  get pumped(): number {
    return this.#length - this.#left;
  }

  /** @returns the room that is left @throws Error when there is not enough */
  write(bytes: Uint8Array): number {
    this.#refuseWhileBusy();
    this.#quiet = false;
    if (this.random.once(this.options.vanishing)) this.#room = 0;
    if (bytes.length > this.#room) {
      this.starved = true;
      throw new Error("would block");
    }
    this.#parts.push(bytes.slice());
    return (this.#room -= bytes.length);
  }

  /** @returns whether all of the source is written */
  pump(source: ByteSource, length: number): boolean {
    this.#refuseWhileBusy();
    this.#source = source;
    this.#left = this.#length = length;
    this.#quiet = true;
    return this.#pumpOn();
  }

  /** Gives up a source that is being written. */
  cut(): void {
    this.#source = undefined;
  }

  /** The client has taken bytes. @param bytes that fit now */
  makeRoom(bytes: number, callbacks: SocketCallbacks | undefined): void {
    this.#room = bytes;
    if (this.#source) {
      if (this.#pumpOn()) callbacks?.onPumped(this.#length);
    } else if (!this.#quiet) callbacks?.onWritable(bytes);
  }

  /** What was written since the last call. */
  take(): Uint8Array[] {
    const parts = this.#parts;
    if (parts.length > 0) this.#parts = [];
    return parts;
  }

  #refuseWhileBusy(): void {
    if (this.#source) throw new Error("a source is being written");
  }

  /** @returns whether all of the source is written */
  #pumpOn(): boolean {
    const part = new Uint8Array(Math.min(this.#left, this.#room, 1 + this.random.below(this.options.part)));
    if (part.length > 0 && this.#source?.read(part) !== part.length) throw new Error("the source ended early");
    if (part.length > 0) this.#parts.push(part);
    this.#room -= part.length;
    this.#left -= part.length;
    if (this.#left > 0) return false;
    this.#source = undefined;
    return true;
  }
}
