// SPDX-License-Identifier: Apache-2.0
/** Flash operations of the firmware, optionally with the duration they have on the chip. */
import type { AlarmHandle, Clock } from "../../lepton";
import { type Channel, type Connection, OpenError, type Opener } from "../link";
import { LinkError } from "../messages";
import { FlashError, type Partition, SECTOR } from "../storage/flash";
import { PowerLost } from "../storage/power-cut";
import { needBytes, stringOf, unknownMessage } from "./requests";

/** Typical figures of a W25Q64 (datasheet, AC characteristics), in microseconds. */
const SECTOR_ERASE = 45_000;
const BLOCK_ERASE = 150_000;
const PAGE_PROGRAM = 700;
const PAGE = 256;
const SECTORS_PER_BLOCK = 16;

export interface FlashOptions {
  readonly clock: Clock;
  /** Operations take as long as on the chip. */
  readonly timed: boolean;
  /** @param path a label, `running` or `nextota` */
  partition(path: string): Partition | undefined;
  isRunning(partition: Partition): boolean;
}

class FlashChannel implements Channel {
  readonly answer: Record<string, unknown>;
  readonly #options: FlashOptions;
  readonly #connection: Connection;
  readonly #partition: Partition;
  readonly #alarms = new Set<AlarmHandle>();
  #busyUntil = 0;

  constructor(options: FlashOptions, connection: Connection, partition: Partition) {
    this.#options = options;
    this.#connection = connection;
    this.#partition = partition;
    this.answer = { label: partition.label, size: partition.size };
  }

  onMessage(type: string, payload: Buffer): void {
    try {
      this.#operate(type, payload);
    } catch (error) {
      if (error instanceof LinkError) throw error;
      if (!(error instanceof PowerLost)) this.#respond(0, "F", Buffer.from((error as Error).message));
    }
  }

  onClose(): void {
    for (const alarm of this.#alarms) this.#options.clock.cancel(alarm);
  }

  #operate(type: string, payload: Buffer): void {
    if (type === "R") {
      needBytes(payload, 8, type);
      this.#respond(0, "D", this.#partition.read(payload.readUInt32LE(0), payload.readUInt32LE(4)));
    } else if (type === "W") {
      needBytes(payload, 4, type);
      this.#checkIdle();
      const bytes = payload.subarray(4);
      this.#partition.program(payload.readUInt32LE(0), bytes);
      this.#respond(Math.ceil(bytes.length / PAGE) * PAGE_PROGRAM, "A");
    } else if (type === "E") {
      needBytes(payload, 8, type);
      this.#checkIdle();
      const first = payload.readUInt32LE(0);
      const end = payload.readUInt32LE(4);
      this.#partition.erase(first, end);
      this.#respond(eraseTime(first, end), "A");
    } else unknownMessage(type);
  }

  #checkIdle(): void {
    if (this.#options.isRunning(this.#partition))
      throw new FlashError(`${this.#partition.label} holds the running firmware image`);
  }

  /** Answers in order, each when the chip would be done. @param micros duration of the operation, in microseconds */
  #respond(micros: number, type: string, payload?: Uint8Array): void {
    const { clock, timed } = this.#options;
    this.#busyUntil = Math.max(this.#busyUntil, clock.now()) + (timed ? micros : 0);
    if (this.#busyUntil <= clock.now()) return this.#connection.send(type, payload);
    const alarm = clock.alarm(this.#busyUntil, () => {
      this.#alarms.delete(alarm);
      this.#connection.send(type, payload);
    });
    this.#alarms.add(alarm);
  }
}

/** Duration of an erase in microseconds: whole 64 KB blocks at once, the rest sector by sector, as the IDF does. */
export function eraseTime(first: number, end: number): number {
  let micros = 0;
  let sector = first;
  while (sector < end) {
    const block = sector % SECTORS_PER_BLOCK === 0 && end - sector >= SECTORS_PER_BLOCK;
    micros += block ? BLOCK_ERASE : SECTOR_ERASE;
    sector += block ? SECTORS_PER_BLOCK : 1;
  }
  return micros;
}

export function flashOpener(options: FlashOptions): Opener {
  return (request, connection) => {
    const path = stringOf(request, "path");
    const partition = options.partition(path);
    if (!partition) throw new OpenError(`no such partition: ${path}`);
    if (partition.size % SECTOR !== 0) throw new OpenError(`${path} does not have whole sectors`);
    return new FlashChannel(options, connection, partition);
  };
}
