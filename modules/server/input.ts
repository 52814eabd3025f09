// SPDX-License-Identifier: Apache-2.0
import type { CommandReader, ReceivedCommand } from "./command-reader";
import { QUEUE_COMMANDS } from "./limits";

/** Queued characters at which reading stops: two of the largest commands. */
const QUEUE_CHARACTERS = 24_576;

/** A queued command. */
export interface QueuedCommand extends ReceivedCommand {
  /**
   * Arrival number among the commands of all sessions. Undefined for a command above the limits until it reaches the
   * head.
   */
  readonly arrival: number | undefined;
  /** Length of `text`; XS counts the characters at each `length`. */
  readonly characters: number;
}

/** A session's queue of commands. Bytes above the limits stay unread in the transport, so nothing is lost. */
export class Input {
  private readonly queue: QueuedCommand[] = [];
  private held = 0;
  /** The reader's buffers have been released to another session. */
  private finished = false;

  /** @param arrival numbers commands in the order of their arrival, over all sessions */
  constructor(
    private readonly reader: CommandReader,
    private readonly arrival: () => number,
  ) {}

  /** The next command to run. */
  get head(): QueuedCommand | undefined {
    return this.queue[0];
  }

  get full(): boolean {
    return this.queue.length >= QUEUE_COMMANDS || this.held >= QUEUE_CHARACTERS;
  }

  shift(): QueuedCommand | undefined {
    const command = this.queue.shift();
    this.held -= command?.characters ?? 0;
    const head = this.queue[0];
    if (head && head.arrival === undefined) this.queue[0] = { ...head, arrival: this.arrival() };
    return command;
  }

  /** Reads until nothing is left or the queue is full. */
  fill(): void {
    while (!this.full && this.readNext());
  }

  /**
   * Reads everything that is left, ignoring the limits, and releases the reader's buffers: the connection is gone and
   * another session uses them next. Commands above the limits get their arrival numbers when those before them have
   * run, as if they had stayed unread until then.
   */
  finish(): void {
    while (this.readNext());
    this.release();
  }

  /** Drops everything. @returns the number of commands dropped */
  clear(): number {
    const dropped = this.queue.length;
    this.queue.length = 0;
    this.held = 0;
    this.release();
    return dropped;
  }

  /** @returns whether there was a command */
  private readNext(): boolean {
    const command = this.finished ? undefined : this.reader.next();
    if (!command) return false;
    const arrival = this.full ? undefined : this.arrival();
    const characters = command.text?.length ?? 0;
    this.held += characters;
    this.queue.push({ ...command, arrival, characters });
    return true;
  }

  private release(): void {
    if (!this.finished) this.reader.release();
    this.finished = true;
  }
}
