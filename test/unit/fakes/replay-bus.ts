// SPDX-License-Identifier: Apache-2.0
import type { I2CConnection, I2CDevice } from "drivers/lepton/cci";

/**
 * A bus trace: one transaction a line, `w` with the bytes that the driver must write or `r` with the bytes it reads, in hexadecimal.
 * Text after `;` is a comment.
 */
export class ReplayBus {
  readonly #trace: string[];
  #next = 0;

  constructor(trace: string) {
    this.#trace = trace
      .split("\n")
      .map((line) => line.replace(/;.*/, "").trim())
      .filter((line) => line !== "");
  }

  /** The same trace without its last transaction. */
  truncated(): ReplayBus {
    return new ReplayBus(this.#trace.slice(0, -1).join("\n"));
  }

  get io(): new (options: I2CConnection & { address: number }) => I2CDevice {
    // eslint-disable-next-line @typescript-eslint/no-this-alias
    const bus = this;
    return class implements I2CDevice {
      read(byteLength: number): ArrayBuffer {
        return bus.#read(byteLength);
      }
      write(bytes: Uint8Array): void {
        bus.#write(bytes);
      }
      close(): void {}
    };
  }

  /** @throws Error when transactions of the trace are left */
  finish(): void {
    if (this.#next < this.#trace.length)
      throw new Error(`the driver stopped before transaction ${this.#next + 1}: ${this.#trace[this.#next]}`);
  }

  #read(byteLength: number): ArrayBuffer {
    const bytes = this.#take("r", `r of ${byteLength} bytes`);
    if (bytes.length !== byteLength)
      throw new Error(`trace has ${bytes.length} bytes here, the driver read ${byteLength}`);
    return new Uint8Array(bytes).buffer;
  }

  #write(written: Uint8Array): void {
    const text = Array.from(written, (byte) => byte.toString(16).padStart(2, "0")).join("");
    const expected = this.#take("w", `w ${text}`).map((byte) => byte.toString(16).padStart(2, "0"));
    if (expected.join("") !== text) throw new Error(`expected w ${expected.join("")}, the driver wrote ${text}`);
  }

  #take(direction: string, what: string): number[] {
    const line = this.#trace[this.#next];
    if (line === undefined) throw new Error(`end of trace, the driver did ${what}`);
    if (line[0] !== direction) throw new Error(`expected ${line}, the driver did ${what}`);
    this.#next += 1;
    return (line.slice(1).replace(/\s/g, "").match(/../g) ?? []).map((byte) => parseInt(byte, 16));
  }
}
