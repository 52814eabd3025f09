// SPDX-License-Identifier: Apache-2.0
import { BoardLink } from "platforms/linux/board-link";
import { MemoryTest } from "self-test/checks/memory-test";

/** Memory of this process, of the size and with the fault of the virtual board's PSRAM. Throws if that has none. */
export const openPSRAM = (): MemoryTest => {
  const link = new BoardLink({ opening: { open: "psram" } });
  const bytes = Number(link.answer.bytes);
  const stuckByte = Number(link.answer.stuckByte);
  link.close();
  if (bytes === 0) throw new Error("no PSRAM");
  return stuckByte >= 0 ? new FaultyMemory(bytes, stuckByte) : new MemoryTest(bytes);
};

/** A bit of this memory stays 1. */
class FaultyMemory extends MemoryTest {
  private readonly stuckByte: number;

  constructor(bytes: number, stuckByte: number) {
    super(bytes);
    this.stuckByte = stuckByte;
  }

  override fill(seed: number): void {
    super.fill(seed);
    native("xs_memory_test_stick").call(this, this.stuckByte);
  }
}
