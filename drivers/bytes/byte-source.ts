// SPDX-License-Identifier: Apache-2.0
/** Bytes that are read once, in pieces of the reader's choice. */
export interface ByteSource {
  /** Writes the next bytes into `target`; returns their number, 0 at the end. */
  read(target: Uint8Array): number;
}
