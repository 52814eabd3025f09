// SPDX-License-Identifier: Apache-2.0
import { printable } from "./printable";

export { isControl, printable } from "./printable";

/**
 * The firmware's log: one line an event, `LEVEL (milliseconds since start) part: text`, as ESP-IDF prints it,
 * so that the usual serial monitors colour it. Passwords never reach it.
 */
export type LogLevel = "E" | "W" | "I" | "D";

export interface Log {
  error(text: string): void;
  warn(text: string): void;
  info(text: string): void;
  debug(text: string): void;
  /** A log for another part of the firmware. */
  part(name: string): Log;
}

/** What an error, or whatever else was thrown, says. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/**
 * Every text is escaped: names of networks and cameras and what clients send may hold line ends, which would pass for lines of the
 * firmware's own, and sequences that control a terminal.
 *
 * @param now milliseconds since start
 * @param write takes one finished line, newline included
 */
export function createLog(part: string, now: () => number, write: (line: string) => void): Log {
  const line = (level: LogLevel, text: string): void =>
    write(`${level} (${Math.floor(now())}) ${part}: ${printable(text)}\n`);
  return {
    error: (text) => line("E", text),
    warn: (text) => line("W", text),
    info: (text) => line("I", text),
    debug: (text) => line("D", text),
    part: (name) => createLog(name, now, write),
  };
}
