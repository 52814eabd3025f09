// SPDX-License-Identifier: Apache-2.0
import {
  ArgumentError,
  CommandError,
  type CommandClient,
  type CommandName,
  type Commands,
  ETX,
  type Framer,
  KEYS,
  type Outcome,
  type Request,
  STX,
} from "modules/protocol/protocol";
import type { CommandSource, Executor } from "modules/server/server";
import { WebError } from "./exchange";

/** A client without streams and updates. */
const CLIENT: CommandClient = Object.freeze({
  closed: false,
  ended: false,
  startStream: () => undefined,
  stopStream: () => undefined,
  requestChunk: () => undefined,
  report: () => undefined,
});

export interface WebCommandsOptions {
  readonly commands: Commands;
  readonly executor: Executor;
  createFramer(): Framer;
}

/** Runs commands that come over HTTP: in the order of their arrival, one at a time over all clients. */
export class WebCommands {
  constructor(private readonly options: WebCommandsOptions) {}

  /** The text of a JSON body. @throws WebError unless JSON.parse is safe on it: see Framer */
  textOf(body: Uint8Array): string {
    const framer = this.options.createFramer();
    framer.feed(Uint8Array.of(STX), 0, 1);
    const inside = framer.feed(body, 0, body.length) === body.length && framer.event === "none";
    framer.feed(Uint8Array.of(ETX), 0, 1);
    const { text } = framer;
    if (body.includes(STX) || !inside || text === undefined)
      throw new WebError(400, "the body must be JSON in UTF-8, not nested deeply");
    return text;
  }

  /**
   * A command whose arguments are a JSON body.
   * @throws WebError
   */
  request(command: CommandName, body: Uint8Array): Request {
    try {
      return this.options.commands.request(command, command, parse(this.textOf(body)));
    } catch (error) {
      if (error instanceof ArgumentError) throw new WebError(400, error.message);
      throw error;
    }
  }

  /**
   * Runs a command.
   * @param status of the answer when it fails
   * @returns the object of its answer, or `apply` of an Outcome
   * @throws WebError
   */
  async perform(request: Request, status: number): Promise<object | void> {
    try {
      return await this.queue(() => this.options.commands.perform(request, CLIENT));
    } catch (error) {
      if (error instanceof CommandError) throw new WebError(status, error.message);
      throw error;
    }
  }

  /** A command as clients of the camera's own port send it, without delimiters; or the message that refuses it. */
  parse(body: Uint8Array): Request | string {
    return this.options.commands.parse(this.textOf(body));
  }

  /** Runs a command and makes the messages of its answer. */
  answer(request: Request): Promise<Outcome> {
    return this.queue(() => this.options.commands.run(request, CLIENT));
  }

  /** Runs a command that waits for nothing, at once. @returns the object of its answer */
  run(request: Request): Promise<object | void> {
    return this.options.commands.perform(request, CLIENT);
  }

  /** Runs `task` in its turn among the commands of all clients. */
  queue<T>(task: () => Promise<T>): Promise<T> {
    const { executor } = this.options;
    return new Promise<T>((resolve, reject) => {
      let ready: number | undefined = executor.arrival();
      const source: CommandSource = {
        get ready() {
          return ready;
        },
        runNext: () => {
          ready = undefined;
          executor.remove(source);
          return task().then(resolve, reject);
        },
      };
      executor.add(source);
      executor.wake();
    });
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text, KEYS);
  } catch {
    throw new WebError(400, "the body is not valid JSON");
  }
}
