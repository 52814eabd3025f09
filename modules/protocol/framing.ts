// SPDX-License-Identifier: Apache-2.0

/** Start and end delimiters of a message. Neither can occur unescaped in JSON text. */
export const STX = 0x02;
export const ETX = 0x03;

/** Limit of a command's text, as in the original camera. */
export const COMMAND_BYTES = 12_287;

/** Nesting limit of a command: the engine's parser recurses on the native stack. The commands need 2; clients may add keys. */
export const NESTING_LIMIT = 16;

/**
 * Limit of the values in a command, estimated from commas and brackets: each value takes memory, and 12 KB of
 * `[{},{},…` would take twenty times as much. The commands need 12.
 */
export const VALUES_LIMIT = 512;

/** Result of `feed`: a complete command, a command that is too long, or the end of the bytes. */
export type FramingEvent = "command" | "too-long" | "none";

/**
 * Splits a byte stream into commands and checks their text, in one pass.
 *
 * Bytes outside a message are ignored. A start delimiter always begins a new message, even inside another one. A
 * command that exceeds COMMAND_BYTES is reported immediately and once, then skipped up to its end. The result does not
 * depend on how the stream is split into reads.
 */
export interface Framer {
  /** The event at which the last `feed` stopped. */
  readonly event: FramingEvent;

  /**
   * Text of the command at which `feed` stopped, without delimiters. JSON.parse is safe on it: valid UTF-8 (RFC 3629
   * §4) without NUL, nested no deeper than NESTING_LIMIT, with no more than VALUES_LIMIT values. Undefined if the
   * command is not so. The text need not be valid JSON.
   */
  readonly text: string | undefined;

  /**
   * Consumes `bytes[from, to)` up to the first event.
   * @returns the position after the consumed bytes, from which to feed the rest; `to` with event "none" when all were
   * consumed
   */
  feed(bytes: Uint8Array, from: number, to: number): number;

  /** Resets the state for the next client. */
  reset(): void;
}
