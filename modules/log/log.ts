// SPDX-License-Identifier: Apache-2.0
import { printable } from "./printable";

export { isControl, printable } from "./printable";

/**
 * The firmware's log: one line per event, `LEVEL (milliseconds since start) part: text`, in ESP-IDF's format, which the
 * usual serial monitors colour. Passwords are never logged.
 */
export type LogLevel = "E" | "W" | "I" | "D";

export interface Log {
  error(text: string): void;
  warn(text: string): void;
  info(text: string): void;
  debug(text: string): void;
  /** Creates a log for another part of the firmware. */
  part(name: string): Log;
}

/** The message of an error, or the text of any other thrown value. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/**
 * Escapes every text. Names of networks and cameras and data from clients may contain line ends, which would forge log
 * lines, and terminal control sequences.
 *
 * @param now milliseconds since start
 * @param write receives one complete line, newline included
 */
export const createLog = (part: string, now: () => number, write: (line: string) => void): Log => {
  const line = (level: LogLevel, text: string): void =>
    write(`${level} (${Math.floor(now())}) ${part}: ${printable(text)}\n`);
  return {
    error: (text) => line("E", text),
    warn: (text) => line("W", text),
    info: (text) => line("I", text),
    debug: (text) => line("D", text),
    part: (name) => createLog(name, now, write),
  };
};
