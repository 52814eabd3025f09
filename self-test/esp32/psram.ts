// SPDX-License-Identifier: Apache-2.0
import { MemoryTest } from "self-test/checks/memory-test";

/** The PSRAM that is free. Throws on a board without PSRAM. */
export const openPSRAM = (): MemoryTest => new MemoryTest(0);
