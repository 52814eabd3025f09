// SPDX-License-Identifier: Apache-2.0
/** Bytes under way on a serial line: they arrive no faster than its bit rate allows, in board time. */
import type { AlarmHandle, Clock } from "../lepton";

/** Bytes that arrive together: a few milliseconds at the camera's baud rate, as a UART's FIFO threshold gives. */
const PIECE = 64;
/** 8N1: start, eight data bits, stop. */
const BITS_PER_BYTE = 10;

export class WireQueue {
  readonly #clock: Clock;
  readonly #microsPerByte: number;
  readonly #deliver: (bytes: Buffer) => void;
  #queue: Buffer[] = [];
  #alarm: AlarmHandle | undefined;
  /** Bytes not yet delivered. */
  pending = 0;
  /** Called when `pending` has come down to zero. */
  onEmpty: () => void = () => undefined;

  constructor(clock: Clock, baud: number, deliver: (bytes: Buffer) => void) {
    this.#clock = clock;
    this.#microsPerByte = (BITS_PER_BYTE * 1e6) / baud;
    this.#deliver = deliver;
  }

  push(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#queue.push(Buffer.from(bytes));
    this.pending += bytes.length;
    if (!this.#alarm) this.#begin();
  }

  /** Nothing more arrives. */
  close(): void {
    if (this.#alarm) this.#clock.cancel(this.#alarm);
    this.#alarm = undefined;
    this.#queue = [];
    this.pending = 0;
  }

  #begin(): void {
    const first = this.#queue[0];
    if (!first) return;
    const piece = first.subarray(0, PIECE);
    if (first.length > PIECE) this.#queue[0] = first.subarray(PIECE);
    else this.#queue.shift();
    this.#alarm = this.#clock.alarm(this.#clock.now() + piece.length * this.#microsPerByte, () => {
      this.#alarm = undefined;
      this.pending -= piece.length;
      this.#begin();
      this.#deliver(piece);
      if (this.pending === 0) this.onEmpty();
    });
  }
}
