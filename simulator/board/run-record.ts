// SPDX-License-Identifier: Apache-2.0
/**
 * What a camera did, line by line: log, LED, chip, radio, button, the frames that the firmware read and the bytes that it sent to a
 * host. It holds no real time: two stepped runs with the same seed and the same steps have the same record.
 */
import { crc32 } from "node:zlib";
import type { VirtualBoard } from "./virtual-board";

export class RunRecord {
  readonly lines: string[] = [];
  readonly #ends: (() => void)[];

  /** Begins the record. */
  constructor({ clock, hostSpi, journal, serial }: Pick<VirtualBoard, "clock" | "hostSpi" | "journal" | "serial">) {
    const add = (board: number, ...words: readonly string[]): void => void this.lines.push([board, ...words].join(" "));
    const sent = (what: string, bytes: Buffer): void =>
      add(clock.now() / 1000, what, `${bytes.length}`, crc32(bytes).toString(16));
    this.#ends = [
      journal.lines.subscribe(({ board, source, level, part, text }) => add(board, source, level, `${part}: ${text}`)),
      journal.events.subscribe(({ type, board, ...details }) => add(board, type, JSON.stringify(details))),
      journal.frames.subscribe(({ board, number, pixels, telemetry }) =>
        add(board, "frame", `${number}`, pixels, telemetry),
      ),
      serial.received.subscribe((bytes) => sent("serial", bytes)),
      hostSpi.carried.subscribe((bytes) => sent("image", bytes)),
    ];
  }

  /** Nothing more is recorded. */
  end(): void {
    for (const end of this.#ends) end();
  }
}
