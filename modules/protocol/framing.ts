// SPDX-License-Identifier: Apache-2.0

/** Start and end delimiters of a message. Neither can occur unescaped in JSON text. */
export const STX = 0x02;
export const ETX = 0x03;

/** Buffer size of a framer. A command may be one byte shorter, as in the original camera. */
export const BUFFER_BYTES = 12_288;
export const COMMAND_BYTES = BUFFER_BYTES - 1;

/** Result of `feed`: a complete command, a command that is too long, or the end of the bytes. */
export type FramingEvent = "command" | "too-long" | "none";

/**
 * Splits a byte stream into commands, in one pass, in a preallocated buffer.
 *
 * Bytes outside a message are ignored. A start delimiter always begins a new message, even inside another one. A
 * command that exceeds the limit is reported immediately and once, then skipped up to its end. The result does not
 * depend on how the stream is split into reads.
 */
export class Framer {
  readonly #buffer: Uint8Array;
  #length = 0;
  #state: "outside" | "inside" | "skipping" = "outside";
  #event: FramingEvent = "none";

  /** @param buffer of BUFFER_BYTES; the owner of the framer may reuse it */
  constructor(buffer: Uint8Array = new Uint8Array(BUFFER_BYTES)) {
    if (buffer.length !== BUFFER_BYTES)
      throw new RangeError(`a framer's buffer has ${BUFFER_BYTES} bytes, not ${buffer.length}`);
    this.#buffer = buffer;
  }

  /** The event at which the last `feed` stopped. */
  get event(): FramingEvent {
    return this.#event;
  }

  /** The command at which `feed` stopped, without delimiters: a view that is valid until the next `feed`. */
  get command(): Uint8Array {
    return this.#buffer.subarray(0, this.#length);
  }

  /**
   * Consumes `bytes[from, to)` up to the first event.
   * @returns the position after the consumed bytes, from which to feed the rest; `to` with event "none" when all were
   * consumed
   */
  feed(bytes: Uint8Array, from: number, to: number): number {
    this.#event = "none";
    let end = -1; // next end delimiter: searched once for any number of start delimiters
    while (from < to) {
      if (this.#state === "outside") {
        const start = find(bytes, STX, from, to);
        if (start === to) return to;
        this.#begin();
        from = start + 1;
      } else {
        if (end < from) end = find(bytes, ETX, from, to);
        const restart = find(bytes, STX, from, end);
        from = this.#take(bytes, from, restart);
        if (this.#event !== "none") return from;
        if (restart < end) {
          this.#begin();
          from = restart + 1;
        } else if (end < to) {
          if (this.#state === "inside") this.#event = "command";
          this.#state = "outside";
          if (this.#event !== "none") return end + 1;
          from = end + 1;
        }
      }
    }
    return to;
  }

  /** Resets the state for the next client. */
  reset(): void {
    this.#length = 0;
    this.#state = "outside";
    this.#event = "none";
  }

  #begin(): void {
    this.#state = "inside";
    this.#length = 0;
  }

  /** Appends content; returns the end position, which is before `to` only when the command became too long. */
  #take(bytes: Uint8Array, from: number, to: number): number {
    if (this.#state === "skipping" || from === to) return to;
    const room = COMMAND_BYTES - this.#length;
    if (to - from > room) {
      this.#state = "skipping";
      this.#length = 0;
      this.#event = "too-long";
      return from + room + 1;
    }
    this.#buffer.set(bytes.subarray(from, to), this.#length);
    this.#length += to - from;
    return to;
  }
}

/** Position of `value` in `bytes[from, to)`, or `to`. */
function find(bytes: Uint8Array, value: number, from: number, to: number): number {
  const index = bytes.indexOf(value, from);
  return index < 0 || index > to ? to : index;
}
