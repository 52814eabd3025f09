// SPDX-License-Identifier: Apache-2.0
import {
  ArgumentError,
  CommandError,
  type CommandClient,
  type CommandName,
  type Commands,
  type CommandSpec,
  ETX,
  type Framer,
  KEYS,
  type Outcome,
  type Request,
  STX,
  TABLE,
} from "modules/protocol/protocol";
import type { CommandSource, Executor } from "modules/server/server";
import { type Exchange, ExchangeClosed, WebError } from "./exchange";
import { memberNames } from "./member-names";

/** A client without streams and updates. */
const CLIENT: CommandClient = Object.freeze({
  closed: false,
  ended: false,
  startStream: () => undefined,
  stopStream: () => undefined,
  requestChunk: () => undefined,
  report: () => undefined,
});

/** Characters of an unknown name that its error repeats. */
const SHOWN_NAME = 32;

export interface WebCommandsOptions {
  readonly commands: Commands;
  readonly executor: Executor;
  createFramer(): Framer;
}

/** The client that waits for a command. */
type Client = Pick<Exchange<unknown>, "closed" | "onClosed">;

/**
 * Runs commands that come over HTTP: in the order of their arrival, one at a time over all clients. A command whose
 * client has gone before its turn is dropped. Otherwise a client that connects again and again could queue any number.
 */
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
   * A command whose arguments are a JSON body. Names that are neither arguments of the command nor in `readable`, the
   * answer that a client may send back changed, are refused; clients of the other ports may send them.
   * @throws WebError
   */
  request(command: CommandName, body: Uint8Array, readable: object): Request {
    const { args = {} }: CommandSpec = TABLE[command];
    const text = this.textOf(body);
    const given = parse(text);
    // No lookup by name: XS would keep each name that a client has made up.
    const known = [...Object.keys(args), ...Object.keys(readable)];
    for (const name of memberNames(text))
      if (!known.includes(name))
        throw new WebError(400, `${JSON.stringify(name.slice(0, SHOWN_NAME))} is not a setting`);
    try {
      return this.options.commands.request(command, command, given);
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
  async perform(client: Client, request: Request, status: number): Promise<object | void> {
    try {
      return await this.queue(client, () => this.options.commands.perform(request, CLIENT));
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
  answer(client: Client, request: Request): Promise<Outcome> {
    return this.queue(client, () => this.options.commands.run(request, CLIENT));
  }

  /** Runs a command that waits for nothing, at once. @returns the object of its answer */
  run(request: Request): Promise<object | void> {
    return this.options.commands.perform(request, CLIENT);
  }

  /** Runs `task` in its turn among the commands of all clients. Rejects with ExchangeClosed. */
  private queue<T>(client: Client, task: () => Promise<T>): Promise<T> {
    const { executor } = this.options;
    return new Promise<T>((resolve, reject) => {
      if (client.closed) throw new ExchangeClosed("the client has gone");
      let ready: number | undefined = executor.arrival();
      const source: CommandSource = {
        get ready() {
          return ready;
        },
        runNext: () => {
          ready = undefined;
          client.onClosed = undefined;
          executor.remove(source);
          return task().then(resolve, reject);
        },
      };
      client.onClosed = () => {
        executor.remove(source);
        reject(new ExchangeClosed("the client has gone"));
      };
      executor.add(source);
      executor.wake();
    });
  }
}

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text, KEYS);
  } catch {
    throw new WebError(400, "the body is not valid JSON");
  }
};
