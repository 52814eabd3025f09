// SPDX-License-Identifier: Apache-2.0
declare module "embedded:storage/key-value" {
  export type StorageFormat =
    "buffer" | "string" | "uint8" | "int8" | "uint16" | "int16" | "uint32" | "int32" | "uint64" | "int64";

  export interface StorageOpenOptions {
    /** The namespace, at most 15 bytes. */
    path: string;
    /** "r+" (default) creates the namespace; "r" throws on writes. */
    mode?: "r" | "r+";
    /** Type of the values; "buffer" by default. */
    format?: StorageFormat;
  }

  /** Every write is atomic and durable when it returns. Keys have 1 to 15 bytes. */
  export class Storage {
    close(): void;
    /** A missing key is no error. */
    delete(key: string): void;
    /** undefined: no such key. TypeError: it was written in another format. */
    read(key: string): ArrayBuffer | string | number | bigint | undefined;
    /** Format "buffer" only: fills the buffer; returns the number of bytes. */
    read(key: string, buffer: ByteBuffer): number | undefined;
    write(key: string, value: ByteBuffer | string | number | bigint): void;
    [Symbol.iterator](): IterableIterator<string>;
    format: StorageFormat;
  }

  const KeyValueStorage: { open(options: StorageOpenOptions): Storage };

  export default KeyValueStorage;
}
