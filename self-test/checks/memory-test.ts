// SPDX-License-Identifier: Apache-2.0

/** A block of PSRAM, to be filled with a pattern and compared. */
export class MemoryTest extends Native("xs_memory_test_destructor") {
  /** @param bytes 0: the largest free block. Throws if there is no such memory */
  constructor(bytes: number) {
    super();
    native("xs_memory_test").call(this, bytes);
  }

  /** Bytes. */
  get size(): number {
    return native("xs_memory_test_get_size").call(this);
  }

  /** Writes a pattern that differs from word to word. The seeds 0 and -1 give patterns that are each other's inverse. */
  fill(seed: number): void {
    native("xs_memory_test_fill").call(this, seed);
  }

  /** @returns number of words of 32 bits that differ from what `fill` wrote with this seed */
  check(seed: number): number {
    return native("xs_memory_test_check").call(this, seed);
  }

  /** Idempotent. */
  close(): void {
    native("xs_memory_test_close").call(this);
  }
}
