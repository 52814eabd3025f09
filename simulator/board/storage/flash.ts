// SPDX-License-Identifier: Apache-2.0
/**
 * The ESP32's flash partitions as files with the rules of NOR flash: programming only clears bits, erasing sets a whole
 * sector, and a power cut leaves an operation half done.
 */
import { closeSync, openSync, readSync, statSync, writeSync } from "node:fs";
import { join } from "node:path";
import { partitions } from "../../../tools/boards";
import { DiskError, makeFolder, onDisk, replaceFile } from "./disk";
import type { FlashChip } from "./flash-chip";
import type { PowerCut } from "./power-cut";

/** Bytes that are erased together. */
export const SECTOR = 4096;
const ERASED = 0xff;

/** The tCam-Mini's partitions for firmware images and the boot choice. The key-value store stands for `nvs`. */
const PARTITIONS = partitions("tcam-mini").filter(({ type, subtype }) => type === "app" || subtype === "ota");

export type PartitionLabel = "otadata" | "factory" | "ota_0" | "ota_1";

/** The chip refuses an operation: outside the partition, or misaligned. */
export class FlashError extends Error {}

export class Partition {
  readonly label: PartitionLabel;
  readonly size: number;
  readonly #path: string;
  readonly #descriptor: number;
  readonly #cut: PowerCut;
  readonly #random: () => number;
  readonly #chip: FlashChip | undefined;
  /** A fault: a worn sector, bit 0 of whose bytes reads 0. */
  wornSector: number | undefined;

  /** @param path its file; made with erased content if it is missing or of another size. @throws DiskError */
  constructor(
    label: PartitionLabel,
    size: number,
    path: string,
    cut: PowerCut,
    random: () => number,
    chip?: FlashChip,
  ) {
    this.label = label;
    this.size = size;
    this.#path = path;
    this.#descriptor = openPartition(path, size);
    this.#cut = cut;
    this.#random = random;
    this.#chip = chip;
  }

  /** @throws FlashError outside the partition, DiskError */
  read(offset: number, count: number): Buffer {
    this.#check(offset, count);
    const bytes = Buffer.allocUnsafe(count);
    bytes.fill(
      ERASED,
      onDisk(this.#path, () => readSync(this.#descriptor, bytes, 0, count, offset)),
    );
    if (this.wornSector === undefined) return bytes;
    const worn = this.wornSector;
    return bytes.map((byte, index) => (Math.floor((offset + index) / SECTOR) === worn ? byte & 0xfe : byte)) as Buffer;
  }

  /** Clears bits: stores old AND new. One operation. @throws FlashError, PowerLost, DiskError */
  program(offset: number, bytes: Uint8Array): void {
    this.#check(offset, bytes.length);
    const old = this.read(offset, bytes.length);
    const result = Buffer.from(bytes.map((byte, index) => byte & (old[index] as number)));
    this.#cut.operation(
      "flash",
      () => this.#write(offset, result),
      () => {
        const done = Math.floor(this.#random() * bytes.length);
        const partial = Buffer.from(result.subarray(0, Math.min(done + 1, result.length)));
        // The byte that was being programmed has some of its bits cleared.
        if (done < result.length)
          partial[done] = (result[done] as number) | ((old[done] as number) & this.#randomByte());
        this.#write(offset, partial);
      },
    );
    this.#chip?.program(bytes.length);
  }

  /** Sets all bits of sectors `first` to `end` - 1. One operation. @throws FlashError, PowerLost, DiskError */
  erase(first: number, end: number): void {
    if (end < first) throw new FlashError(`sectors ${first} to ${end} are not a range`);
    this.#check(first * SECTOR, (end - first) * SECTOR);
    const length = (end - first) * SECTOR;
    this.#cut.operation(
      "flash",
      () => this.#write(first * SECTOR, erased(length)),
      () => {
        if (end === first) return;
        const broken = first + Math.floor(this.#random() * (end - first));
        this.#write(first * SECTOR, erased((broken - first) * SECTOR));
        // The sector that was being erased has neither its old content nor is it erased.
        const sector = this.read(broken * SECTOR, SECTOR);
        this.#write(broken * SECTOR, Buffer.from(sector.map((byte) => byte | this.#randomByte())));
      },
    );
    this.#chip?.erase(first, end);
  }

  /** Writes content as a programming cable would: not counted, never cut. Erases the rest of the partition. */
  flashByCable(content: Uint8Array): void {
    this.#check(0, content.length);
    this.#write(0, content);
    this.#write(content.length, erased(this.size - content.length));
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  #randomByte(): number {
    return Math.floor(this.#random() * 256);
  }

  #write(offset: number, bytes: Uint8Array): void {
    onDisk(this.#path, () => {
      let done = 0;
      while (done < bytes.length) done += writeSync(this.#descriptor, bytes, done, bytes.length - done, offset + done);
    });
  }

  #check(offset: number, count: number): void {
    if (offset + count > this.size)
      throw new FlashError(`${count} bytes at ${offset} are outside ${this.label} (${this.size} bytes)`);
  }
}

/** As many as were needed at once. Shared by all partitions: megabytes at each start of a camera cost more time than the writes. */
let erasedBytes = Buffer.alloc(0);

/** @returns erased bytes, to be read only */
function erased(length: number): Buffer {
  if (erasedBytes.length < length) erasedBytes = Buffer.alloc(length, ERASED);
  return erasedBytes.subarray(0, length);
}

/** @returns the file's descriptor. @throws DiskError */
function openPartition(path: string, size: number): number {
  const file = onDisk(path, () => statSync(path, { throwIfNoEntry: false }));
  if (file !== undefined && !file.isFile()) throw new DiskError(`${path}: not a file`);
  if (file?.size !== size) replaceFile(path, erased(size));
  return onDisk(path, () => openSync(path, "r+"));
}

export class Flash {
  readonly #partitions = new Map<string, Partition>();

  /** @param directory of the partitions' files; made and filled if missing. @throws DiskError */
  constructor(directory: string, cut: PowerCut, random: () => number, chip?: FlashChip) {
    makeFolder(directory);
    try {
      for (const { name, size } of PARTITIONS) {
        const label = name as PartitionLabel;
        const path = join(directory, `${label}.bin`);
        this.#partitions.set(label, new Partition(label, size, path, cut, random, chip));
      }
    } catch (error) {
      this.close();
      throw error;
    }
  }

  find(label: string): Partition | undefined {
    return this.#partitions.get(label);
  }

  /** A partition of the table. */
  partition(label: PartitionLabel): Partition {
    return this.#partitions.get(label) as Partition;
  }

  close(): void {
    for (const partition of this.#partitions.values()) partition.close();
  }
}
