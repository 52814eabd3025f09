// SPDX-License-Identifier: Apache-2.0
declare module "embedded:storage/flash" {
  export interface FlashOpenOptions {
    /** A partition's label, or "running", or "nextota". */
    path: string;
    /** "r+" by default. */
    mode?: "r" | "r+";
  }

  export interface FlashStatus {
    /** Bytes in the partition. */
    size: number;
    /** Bytes in an erase block. */
    blockLength: number;
    blocks: number;
    /** Absent on the ESP32, where it is 1. */
    writeAlign?: number;
    /** Absent on the ESP32, where it is 255. */
    eraseValue?: number;
  }

  export class Flash {
    close(): void;
    /** Erases the blocks from `start` to before `end` (default: one). */
    eraseBlock(start: number, end?: number): void;
    read(byteLength: number, byteOffset: number): ArrayBuffer;
    read(buffer: ByteBuffer, byteOffset: number): number;
    /** Programs: bits go from 1 to 0 only. */
    write(buffer: ByteBuffer, byteOffset: number): void;
    status(): FlashStatus;
    format: "buffer";
  }

  const FlashStorage: { open(options: FlashOpenOptions): Flash; [Symbol.iterator](): IterableIterator<string> };

  export default FlashStorage;
}
