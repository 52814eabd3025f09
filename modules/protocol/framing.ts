// SPDX-License-Identifier: Apache-2.0

/** Start and end delimiters of a packet. Neither can occur raw inside JSON text. */
export const STX = 0x02;
export const ETX = 0x03;

/** Bytes a framer's buffer has. A command may be one byte shorter, as in the original camera. */
export const BUFFER_BYTES = 12_288;
export const COMMAND_BYTES = BUFFER_BYTES - 1;

/** What `feed` came upon: a whole command, one that is too long, or only the end of the bytes. */
export type FramingEvent = "command" | "too-long" | "none";

/**
 * Finds commands in a stream of bytes, in one pass, in a buffer that is taken once.
 *
 * Bytes outside a packet are ignored; a start delimiter always begins a packet anew, whatever was going on.
 * A command that outgrows the limit is reported the moment it does, once, and skipped up to its end.
 * The result does not depend on how the stream is cut into reads.
 */
export class Framer {
  readonly #buffer: Uint8Array;
  #length = 0;
  #state: "outside" | "inside" | "skipping" = "outside";
  #event: FramingEvent = "none";

  /** @param buffer of BUFFER_BYTES: kept and reused by whoever owns the framer */
  constructor(buffer: Uint8Array = new Uint8Array(BUFFER_BYTES)) {
    if (buffer.length !== BUFFER_BYTES)
      throw new RangeError(`a framer's buffer has ${BUFFER_BYTES} bytes, not ${buffer.length}`);
    this.#buffer = buffer;
  }

  /** What the last `feed` stopped at. */
  get event(): FramingEvent {
    return this.#event;
  }

  /** The command `feed` stopped at, without delimiters: a view that is good until the next `feed`. */
  get command(): Uint8Array {
    return this.#buffer.subarray(0, this.#length);
  }

  /**
   * Takes `bytes[from, to)` up to the first event.
   * @returns where it stopped: feed the rest from there. `to` with event "none" when all was taken
   */
  feed(bytes: Uint8Array, from: number, to: number): number {
    this.#event = "none";
    let end = -1; // the next end delimiter: looked for once, however many start delimiters come before it
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

  /** Forgets everything, for the next client. */
  reset(): void {
    this.#length = 0;
    this.#state = "outside";
    this.#event = "none";
  }

  #begin(): void {
    this.#state = "inside";
    this.#length = 0;
  }

  /** Adds a run of content; returns where it stopped, which is before `to` only when the command became too long. */
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

/** Where `value` stands in `bytes[from, to)`, or `to`. */
function find(bytes: Uint8Array, value: number, from: number, to: number): number {
  const index = bytes.indexOf(value, from);
  return index < 0 || index > to ? to : index;
}
