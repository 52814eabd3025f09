// SPDX-License-Identifier: Apache-2.0
/** How long the flash chip is busy. All partitions are on one chip, which also holds the program: both cores stop meanwhile. */
import type { Clock } from "../../lepton";

const SECTORS_PER_BLOCK = 16;

/** Durations in microseconds. */
export interface FlashTimes {
  /** Erase of 4 KB. */
  readonly sector: number;
  /** Erase of 64 KB. */
  readonly block: number;
  /** A program operation, and each byte of it. */
  readonly program: number;
  readonly byte: number;
}

/** Typical of an 8 MB part (W25Q64, GD25Q64) that is not new. */
export const TYPICAL_FLASH: FlashTimes = Object.freeze({ sector: 45_000, block: 250_000, program: 30, byte: 2.5 });
/** A slow part: an erase of a block holds up a third frame. */
export const SLOW_FLASH: FlashTimes = Object.freeze({ sector: 90_000, block: 390_000, program: 60, byte: 5 });
const INSTANT: FlashTimes = Object.freeze({ sector: 0, block: 0, program: 0, byte: 0 });

export interface FlashChipOptions {
  readonly clock: Clock;
  /** Default: everything takes no time. */
  readonly times?: FlashTimes | undefined;
  /** Stops both cores until this board time in microseconds. */
  stop(until: number): void;
}

export class FlashChip {
  readonly #options: FlashChipOptions;
  readonly #times: FlashTimes;
  #busyUntil = 0;

  constructor(options: FlashChipOptions) {
    this.#options = options;
    this.#times = options.times ?? INSTANT;
  }

  /** Erases sectors `first` to `end` - 1. */
  erase(first: number, end: number): void {
    this.#work(eraseTime(this.#times, first, end));
  }

  program(bytes: number): void {
    this.#work(this.#times.program + this.#times.byte * bytes);
  }

  /** Calls back when the operations begun so far are done; at once if they are. */
  whenIdle(callback: () => void): void {
    const { clock } = this.#options;
    if (this.#busyUntil <= clock.now()) callback();
    else clock.alarm(this.#busyUntil, callback);
  }

  #work(us: number): void {
    if (us === 0) return;
    this.#busyUntil = Math.max(this.#busyUntil, this.#options.clock.now()) + us;
    this.#options.stop(this.#busyUntil);
  }
}

/** Duration of an erase in microseconds: whole 64 KB blocks at once, the rest sector by sector, as the IDF does. */
export function eraseTime(times: FlashTimes, first: number, end: number): number {
  let micros = 0;
  let sector = first;
  while (sector < end) {
    const block = sector % SECTORS_PER_BLOCK === 0 && end - sector >= SECTORS_PER_BLOCK;
    micros += block ? times.block : times.sector;
    sector += block ? SECTORS_PER_BLOCK : 1;
  }
  return micros;
}

/** Bytes of an NVS item, and the items of an NVS page, which is a sector. */
const ITEM = 32;
const ITEMS_PER_PAGE = 126;

/** How NVS uses the chip. The page in use is full at the start: the first write erases the next one. */
export class NvsPages {
  readonly #chip: FlashChip | undefined;
  #items = ITEMS_PER_PAGE;

  constructor(chip: FlashChip | undefined) {
    this.#chip = chip;
  }

  /** An item for the entry, and further ones for a value longer than 8 bytes. */
  write(valueBytes: number): void {
    this.#items += 1 + (valueBytes > 8 ? Math.ceil(valueBytes / ITEM) : 0);
    if (this.#items > ITEMS_PER_PAGE) {
      this.#chip?.erase(0, 1);
      this.#items %= ITEMS_PER_PAGE;
    }
    this.#chip?.program(ITEM + valueBytes);
  }

  delete(): void {
    this.#chip?.program(ITEM);
  }
}
