// SPDX-License-Identifier: Apache-2.0
import { sleep, type Timers } from "drivers/timers/timers";

/** The part of `embedded:storage/flash` that an update needs. */
export interface FlashPartition {
  close(): void;
  eraseBlock(start: number, end?: number): void;
  write(bytes: Uint8Array, byteOffset: number): void;
  /** The ESP32 reports neither alignment nor erased value: it writes single bytes, and erased bytes read as 255. */
  status(): { size: number; blockLength: number; writeAlign?: number; eraseValue?: number };
}

export interface FlashStorage {
  open(options: { path: string; mode?: "r" | "r+" }): FlashPartition;
}

/**
 * Writes an image into the inactive slot, front to back. Each block is erased just before it is written, and the event
 * loop runs between two flash operations: erasing a 2 MB slot at once would stop the camera for seconds.
 */
export class SlotWriter {
  private readonly partition: FlashPartition;
  private readonly blockLength: number;
  private readonly writeAlign: number;
  private readonly eraseValue: number;
  /** Capacity in bytes. */
  readonly size: number;
  private erased = 0;
  private closed = false;

  /** @throws the flash's error if there is no inactive slot */
  constructor(
    flash: FlashStorage,
    private readonly timers: Timers,
  ) {
    this.partition = flash.open({ path: "nextota", mode: "r+" });
    const { size, blockLength, writeAlign = 1, eraseValue = 0xff } = this.partition.status();
    this.size = size;
    this.blockLength = blockLength;
    this.writeAlign = writeAlign;
    this.eraseValue = eraseValue;
  }

  /** Rejects with the flash's error. Writing beyond the slot is a RangeError. */
  async write(bytes: Uint8Array, offset: number): Promise<void> {
    const end = offset + bytes.byteLength;
    if (end > this.size) throw new RangeError(`byte ${end} is beyond the slot's ${this.size}`);
    while (this.erased < end && !this.closed) {
      const block = this.erased / this.blockLength;
      this.partition.eraseBlock(block, block + 1);
      this.erased += this.blockLength;
      await sleep(this.timers, 0);
    }
    for (let from = 0; from < bytes.byteLength && !this.closed; from += this.blockLength) {
      const chunk = bytes.subarray(from, Math.min(from + this.blockLength, bytes.byteLength));
      this.partition.write(this.aligned(chunk), offset + from);
      await sleep(this.timers, 0);
    }
  }

  /** Pads the last chunk of an image, which may have any length, with the erased value. */
  private aligned(chunk: Uint8Array): Uint8Array {
    const excess = chunk.byteLength % this.writeAlign;
    if (excess === 0) return chunk;
    const padded = new Uint8Array(chunk.byteLength + this.writeAlign - excess).fill(this.eraseValue);
    padded.set(chunk);
    return padded;
  }

  /** Idempotent, also during a write: that write then stops at the next flash operation. */
  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.partition.close();
  }
}
