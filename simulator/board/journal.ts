// SPDX-License-Identifier: Apache-2.0
/** What happened, for people, tests and the control API: log lines and board events, the last of each kept. */
import { crc32 } from "node:zlib";
import { printable } from "../../tools/tcam/printable";
import type { SensorFrame } from "../lepton";
import { Signal } from "./signal";

export type LogLevel = "E" | "W" | "I" | "D";

export interface LogLine {
  /** Counts all lines since the board was made, from 1. */
  readonly number: number;
  /** Wall-clock time, milliseconds since 1970. */
  readonly wall: number;
  /** Board time in milliseconds. */
  readonly board: number;
  /** The firmware's, or the board's own. */
  readonly source: "firmware" | "board";
  readonly level: LogLevel;
  readonly part: string;
  readonly text: string;
}

/** Anything the control API reports as it happens. `type` names it; the rest depends on it. */
export interface BoardEvent {
  readonly type: string;
  /** Board time in milliseconds. */
  readonly board: number;
  readonly [detail: string]: unknown;
}

/** A frame that the firmware has read to its end. */
export interface FrameEvent {
  /** Board time in milliseconds. */
  readonly board: number;
  /** The frame counter of its telemetry. */
  readonly number: number;
  /** CRC-32 of its 38,400 bytes of pixels, as an image carries them: eight hexadecimal digits. */
  readonly pixels: string;
  /** CRC-32 of its telemetry. */
  readonly telemetry: string;
}

const KEPT_LINES = 2000;
const FIRMWARE_LINE = /^([EWID]) \(\d+\) ([^:]+): (.*)$/;

export class Journal {
  readonly lines = new Signal<LogLine>();
  readonly events = new Signal<BoardEvent>();
  readonly frames = new Signal<FrameEvent>();
  readonly #kept: LogLine[] = [];
  readonly #now: () => number;
  readonly #wall: () => number;
  #count = 0;

  /** @param now board time in microseconds; @param wall milliseconds since 1970 */
  constructor(now: () => number, wall: () => number = Date.now) {
    this.#now = now;
    this.#wall = wall;
  }

  /** The board speaks. */
  log(level: LogLevel, part: string, text: string): void {
    this.#add("board", level, part, text);
  }

  /** A line the firmware printed. One that has not its log's form is kept as it is, under the part `firmware`. */
  firmware(line: string): void {
    const match = FIRMWARE_LINE.exec(line);
    if (match) this.#add("firmware", match[1] as LogLevel, match[2] as string, match[3] as string);
    else if (line.trim() !== "") this.#add("firmware", "I", "firmware", line);
  }

  event(type: string, details: Record<string, unknown> = {}): void {
    this.events.emit({ type, board: this.#now() / 1000, ...details });
  }

  /** The firmware has read a frame. @param frame is called only if there are listeners */
  frame(frame: () => SensorFrame): void {
    if (!this.frames.heard) return;
    const { number, words, telemetry } = frame();
    this.frames.emit({ board: this.#now() / 1000, number, pixels: checksum(words), telemetry: checksum(telemetry) });
  }

  /** Kept lines with a number above `after`, oldest first. */
  since(after = 0): LogLine[] {
    return this.#kept.filter((line) => line.number > after);
  }

  #add(source: LogLine["source"], level: LogLevel, part: string, text: string): void {
    this.#count += 1;
    const line = { number: this.#count, wall: this.#wall(), board: this.#now() / 1000, source, level, part, text };
    this.#kept.push(line);
    if (this.#kept.length > KEPT_LINES * 1.25) this.#kept.splice(0, this.#kept.length - KEPT_LINES);
    this.lines.emit(line);
  }
}

function checksum({ buffer, byteOffset, byteLength }: ArrayBufferView): string {
  return crc32(Buffer.from(buffer, byteOffset, byteLength))
    .toString(16)
    .padStart(8, "0");
}

/** `12:34:56.789 W vospi: text`, as the launcher shows it. Control characters are escaped: firmware logs text that clients send. */
export function formatLine(line: LogLine): string {
  const wall = new Date(line.wall);
  const two = (value: number): string => String(value).padStart(2, "0");
  const time = `${two(wall.getHours())}:${two(wall.getMinutes())}:${two(wall.getSeconds())}`;
  return `${time}.${String(wall.getMilliseconds()).padStart(3, "0")} ${line.level} ${printable(`${line.part}: ${line.text}`)}`;
}
