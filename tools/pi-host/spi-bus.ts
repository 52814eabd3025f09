// SPDX-License-Identifier: Apache-2.0
import type { Duplex } from "node:stream";
import { WireError } from "./wires";

interface Transfer {
  readonly count: number;
  readonly resolve: (bytes: Buffer) => void;
  readonly reject: (error: Error) => void;
}

/** The master's end of the SPI bus. Transfers run in the order of the calls. */
export class SpiBus {
  readonly #wire: Duplex;
  readonly #waiting: Transfer[] = [];
  readonly #pieces: Buffer[] = [];
  #received = 0;
  #failure: Error | undefined;

  /** @param wire as `openSpi` returns it */
  constructor(wire: Duplex) {
    this.#wire = wire;
    wire.on("data", (bytes: Buffer) => this.#receive(bytes));
    wire.on("error", (error: Error) => this.#fail(error));
    wire.on("close", () => this.#fail(new WireError("the SPI bus is gone")));
  }

  /**
   * One transfer: chip select is asserted, `count` bytes are clocked, chip select is released.
   * @param hz clock rate @returns the bytes read from MISO @throws WireError after the bus has closed
   */
  transfer(count: number, hz: number): Promise<Buffer> {
    if (this.#failure) return Promise.reject(this.#failure);
    const request = Buffer.alloc(8);
    request.writeUInt32LE(count, 0);
    request.writeUInt32LE(hz, 4);
    this.#wire.write(request);
    return new Promise((resolve, reject) => this.#waiting.push({ count, resolve, reject }));
  }

  close(): void {
    this.#failure ??= new WireError("the SPI bus was closed");
    this.#wire.end();
    this.#fail(this.#failure);
  }

  #receive(bytes: Buffer): void {
    this.#pieces.push(bytes);
    this.#received += bytes.length;
    for (let next = this.#waiting[0]; next && this.#received >= next.count; next = this.#waiting[0]) {
      const all = Buffer.concat(this.#pieces.splice(0));
      this.#received = all.length - next.count;
      if (this.#received > 0) this.#pieces.push(all.subarray(next.count));
      this.#waiting.shift();
      next.resolve(all.subarray(0, next.count));
    }
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    for (const { reject } of this.#waiting.splice(0)) reject(this.#failure);
  }
}
