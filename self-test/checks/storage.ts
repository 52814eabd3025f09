// SPDX-License-Identifier: Apache-2.0
import type { Board } from "boards/board";
import { sleep, type Timers } from "drivers/timers/timers";
import { openPSRAM } from "self-test/checks/psram";
import type { Report } from "self-test/checks/report";

const MB = 1 << 20;
const LEAST_PSRAM = 2 * MB;
/** Each bit is written as 0 and as 1. */
const SEEDS = Object.freeze([0, -1], true);
/** 64 KB, at the end of the slot: firmware images seldom reach it. */
const BLOCKS = 16;
const ERASED = 0xff;

/** Fills the PSRAM that is free with a pattern and its inverse, and reads them back. */
export const checkPSRAM = (report: Report, timers: Timers): Promise<boolean> => {
  const expected = `at least ${LEAST_PSRAM / MB} MB, 0 wrong words`;
  return report.attempt("PSRAM", expected, async () => {
    const memory = openPSRAM();
    let wrong = 0;
    try {
      for (const seed of SEEDS) {
        memory.fill(seed);
        await sleep(timers, 0);
        wrong += memory.check(seed);
        await sleep(timers, 0);
      }
      const value = `${(memory.size / MB).toFixed(1)} MB, ${wrong} wrong words`;
      return report.result("PSRAM", memory.size >= LEAST_PSRAM && wrong === 0, value, expected);
    } finally {
      memory.close();
    }
  });
};

type FlashStorage = Board["storage"]["flash"];

/** Erases, writes and reads back the last blocks of the inactive slot, and restores their content. */
export const checkFlash = (report: Report, flash: FlashStorage, timers: Timers): Promise<boolean> => {
  const expected = "0 wrong bytes";
  return report.attempt("flash", expected, async () => {
    const slot = flash.open({ path: "nextota", mode: "r+" });
    try {
      const { size, blockLength } = slot.status();
      const end = size / blockLength;
      let wrong = 0;
      for (let block = end - BLOCKS; block < end; block++) {
        wrong += checkBlock(slot, block, blockLength);
        await sleep(timers, 0);
      }
      const kilobytes = (BLOCKS * blockLength) / 1024;
      return report.result("flash", wrong === 0, `${kilobytes} KB of the inactive slot, ${wrong} wrong bytes`, expected); // prettier-ignore
    } finally {
      slot.close();
    }
  });
};

/** @returns number of bytes that were not read back as erased or written */
const checkBlock = (slot: ReturnType<FlashStorage["open"]>, block: number, length: number): number => {
  const offset = block * length;
  const read = (): Uint8Array => new Uint8Array(slot.read(length, offset));
  const content = read();
  try {
    slot.eraseBlock(block, block + 1);
    const erased = read().reduce((wrong, byte) => wrong + (byte === ERASED ? 0 : 1), 0);
    const pattern = Uint8Array.from({ length }, (_, i) => (i * 31 + (i >> 8) + block) & 0xff);
    slot.write(pattern, offset);
    return read().reduce((wrong, byte, i) => wrong + (byte === pattern[i] ? 0 : 1), erased);
  } finally {
    slot.eraseBlock(block, block + 1);
    if (content.some((byte) => byte !== ERASED)) slot.write(content, offset);
  }
};
