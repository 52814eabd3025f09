// SPDX-License-Identifier: Apache-2.0
import type { Framer } from "modules/protocol/protocol";
import { QUEUE_COMMANDS } from "./limits";
import type { Transport } from "./transport";

/** Queued characters at which reading stops: two of the largest commands. */
const QUEUE_CHARACTERS = 24_576;
/** Bytes read from the transport at a time. */
export const CHUNK_BYTES = 2_048;

/** A queued command. */
export interface QueuedCommand {
  /**
   * Arrival number among the commands of all sessions. Undefined for a command above the limits until it reaches the
   * head.
   */
  readonly arrival: number | undefined;
  /** The command's text; undefined if it is invalid UTF-8, nested too deeply, or too long. */
  readonly text: string | undefined;
  /** Length of `text`; XS counts the characters at each `length`. */
  readonly characters: number;
  readonly tooLong: boolean;
}

/**
 * A session's input: turns bytes into queued commands. Bytes above the limits stay unread in the transport, so nothing
 * is lost.
 */
export class Input {
  readonly #queue: QueuedCommand[] = [];
  #held = 0;
  /** Start of the bytes in the chunk that were read but not framed. */
  #from = 0;
  #to = 0;
  /** Chunk and framer have been released to another session. */
  #finished = false;

  /** @param arrival numbers commands in the order of their arrival, over all sessions */
  constructor(
    private readonly transport: Transport,
    private readonly framer: Framer,
    private readonly chunk: Uint8Array,
    private readonly arrival: () => number,
  ) {}

  /** The next command to run. */
  get head(): QueuedCommand | undefined {
    return this.#queue[0];
  }

  get full(): boolean {
    return this.#queue.length >= QUEUE_COMMANDS || this.#held >= QUEUE_CHARACTERS;
  }

  shift(): QueuedCommand | undefined {
    const command = this.#queue.shift();
    this.#held -= command?.characters ?? 0;
    const head = this.#queue[0];
    if (head && head.arrival === undefined) this.#queue[0] = { ...head, arrival: this.arrival() };
    return command;
  }

  /** Reads until nothing is left or the queue is full. */
  fill(): void {
    while (!this.full && this.#advance());
  }

  /**
   * Reads everything that is left, ignoring the limits, and releases chunk and framer: the connection is gone and
   * another session uses them next. Commands above the limits get their arrival numbers when those before them have
   * run, as if they had stayed unread until then.
   */
  finish(): void {
    while (this.#advance());
    this.#release();
  }

  /** Drops everything. @returns the number of commands dropped */
  clear(): number {
    const dropped = this.#queue.length;
    this.#queue.length = 0;
    this.#held = 0;
    if (!this.#finished) this.#release();
    return dropped;
  }

  /** Consumes the bytes up to the next command. @returns whether there were any */
  #advance(): boolean {
    if (this.#from === this.#to) {
      this.#from = 0;
      this.#to = this.transport.read(this.chunk);
      if (this.#to === 0) return false;
    }
    this.#from = this.framer.feed(this.chunk, this.#from, this.#to);
    if (this.framer.event !== "none") this.#push(this.framer.event === "too-long");
    return true;
  }

  #push(tooLong: boolean): void {
    const text = tooLong ? undefined : this.framer.text;
    const arrival = this.full ? undefined : this.arrival();
    const characters = text?.length ?? 0;
    this.#held += characters;
    this.#queue.push({ arrival, text, characters, tooLong });
  }

  #release(): void {
    this.#finished = true;
    this.#from = this.#to = 0;
    this.framer.reset();
  }
}
