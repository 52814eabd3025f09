// SPDX-License-Identifier: Apache-2.0
import type { Framer } from "./framing";
import { commandText, type TextCodec } from "./json";
import type { Transport } from "./transport";

/** Commands a session holds that wait to be run. */
export const QUEUE_COMMANDS = 16;
/** With this many characters of commands held, no more are read: two of the largest. */
const QUEUE_CHARACTERS = 24_576;
/** Read from the transport at a time. */
export const CHUNK_BYTES = 2_048;

/** A command that waits. */
export interface QueuedCommand {
  /** Its number among the commands of all sessions; undefined for one over the limits, until it is the next to be run. */
  readonly arrival: number | undefined;
  /** The command's text; undefined when it was none: bad UTF-8, nested too deeply, or too long. */
  readonly text: string | undefined;
  readonly tooLong: boolean;
}

/** What a session takes from its client: bytes to commands, held in order. What does not fit stays unread, so nothing is lost. */
export class Input {
  readonly #queue: QueuedCommand[] = [];
  #held = 0;
  /** The part of the chunk that has been read but not framed. */
  #from = 0;
  #to = 0;
  /** Chunk and framer belong to another session now. */
  #finished = false;

  /** @param arrival numbers commands in the order in which they come, over all sessions */
  constructor(
    private readonly transport: Transport,
    private readonly codec: TextCodec,
    private readonly framer: Framer,
    private readonly chunk: Uint8Array,
    private readonly arrival: () => number,
  ) {}

  /** The command to be run next. */
  get head(): QueuedCommand | undefined {
    return this.#queue[0];
  }

  get full(): boolean {
    return this.#queue.length >= QUEUE_COMMANDS || this.#held >= QUEUE_CHARACTERS;
  }

  shift(): QueuedCommand | undefined {
    const command = this.#queue.shift();
    this.#held -= command?.text?.length ?? 0;
    const head = this.#queue[0];
    if (head && head.arrival === undefined) this.#queue[0] = { ...head, arrival: this.arrival() };
    return command;
  }

  /** Reads until nothing is left or the queue is full. */
  fill(): void {
    while (!this.full && this.#advance());
  }

  /**
   * Reads all that is left, over the limits, and lets go of chunk and framer: the connection is gone, another session uses them next.
   * Commands over the limits count as arrived when those before them were run, as if they had stayed unread until then.
   */
  finish(): void {
    while (this.#advance());
    this.#release();
  }

  /** Drops everything. @returns how many commands were waiting */
  clear(): number {
    const dropped = this.#queue.length;
    this.#queue.length = 0;
    this.#held = 0;
    if (!this.#finished) this.#release();
    return dropped;
  }

  /** Takes the bytes up to the next command. @returns whether there were any */
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
    const text = tooLong ? undefined : commandText(this.framer.command, this.codec);
    const arrival = this.full ? undefined : this.arrival();
    this.#held += text?.length ?? 0;
    this.#queue.push({ arrival, text, tooLong });
  }

  #release(): void {
    this.#finished = true;
    this.#from = this.#to = 0;
    this.framer.reset();
  }
}
