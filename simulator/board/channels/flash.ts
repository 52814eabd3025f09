// SPDX-License-Identifier: Apache-2.0
/** Flash operations of the firmware, answered when the chip has done them. */
import { type Channel, type Connection, OpenError, type Opener } from "../link";
import { LinkError } from "../messages";
import { FlashError, type Partition, SECTOR } from "../storage/flash";
import type { FlashChip } from "../storage/flash-chip";
import { PowerLost } from "../storage/power-cut";
import { needBytes, stringOf, unknownMessage } from "./requests";

export interface FlashOptions {
  readonly chip: FlashChip;
  /** @param path a label, `running` or `nextota` */
  partition(path: string): Partition | undefined;
  isRunning(partition: Partition): boolean;
}

class FlashChannel implements Channel {
  readonly answer: Record<string, unknown>;
  readonly #options: FlashOptions;
  readonly #connection: Connection;
  readonly #partition: Partition;

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
      if (!(error instanceof PowerLost)) this.#respond("F", Buffer.from((error as Error).message));
    }
  }

  onClose(): void {
    // An answer that waits is dropped by the connection.
  }

  #operate(type: string, payload: Buffer): void {
    if (type === "R") {
      needBytes(payload, 8, type);
      this.#respond("D", this.#partition.read(payload.readUInt32LE(0), payload.readUInt32LE(4)));
    } else if (type === "W") {
      needBytes(payload, 4, type);
      this.#checkIdle();
      this.#partition.program(payload.readUInt32LE(0), payload.subarray(4));
      this.#respond("A");
    } else if (type === "E") {
      needBytes(payload, 8, type);
      this.#checkIdle();
      this.#partition.erase(payload.readUInt32LE(0), payload.readUInt32LE(4));
      this.#respond("A");
    } else unknownMessage(type);
  }

  #checkIdle(): void {
    if (this.#options.isRunning(this.#partition))
      throw new FlashError(`${this.#partition.label} holds the running firmware image`);
  }

  #respond(type: string, payload?: Uint8Array): void {
    this.#options.chip.whenIdle(() => this.#connection.send(type, payload));
  }
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
