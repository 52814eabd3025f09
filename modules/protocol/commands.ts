// SPDX-License-Identifier: Apache-2.0
import { Emitter } from "modules/events/emitter";
import type { Log } from "modules/log/log";
import { FLAGS_STORED } from "modules/settings/settings";
import { ack, nack, NOT_A_COMMAND, NOT_JSON, UNKNOWN_COMMAND, UNSUPPORTED_COMMAND } from "./answers";
import { ArgumentError, checkArguments, type Base64Codec } from "./arguments";
import { CommandError, type Services, type UpdateClient } from "./services";
import { findCommand, KEYS, TABLE, type Arguments, type CommandName, type CommandSpec } from "./table";

/** The session of a command, as far as the command may affect it. */
export interface CommandClient extends UpdateClient {
  /** The connection is gone: answers cannot be delivered. */
  readonly closed: boolean;
  /** The client sends no more, or is gone: its stream and its update end. */
  readonly ended: boolean;
  startStream(delay: number, frames: number): void;
  stopStream(): void;
}

/** Result of a command. */
export interface Outcome {
  /** Messages for the requesting client: the answer, or nothing for a command without an answer. */
  readonly messages: readonly string[];
  /** Called after the answer has reached the client: restarts the network, which ends the session. */
  readonly apply?: () => void;
}

/** A valid command, ready to run. */
export interface Request {
  readonly command: CommandName;
  /** The command name or alias that the client used; the answer repeats it. */
  readonly name: string;
  readonly args: Readonly<Record<string, unknown>>;
}

/** Returns the object of the answer, or `apply` of an Outcome. */
type Handler<N extends CommandName> = (
  args: Arguments<N>,
  client: CommandClient,
) => void | object | Promise<void | object>;
/** get_image has no handler: the session answers it with the next frame. */
type Handlers = { readonly [N in Exclude<CommandName, "get_image">]: Handler<N> };

export interface CommandEvents {
  /** A command has run, and its client is still there. */
  answered: [command: CommandName];
}

/** Parses commands and runs them on the services of the camera. All sessions share one instance. */
export class Commands extends Emitter<CommandEvents> {
  private readonly handlers: Handlers;

  constructor(
    services: Services,
    private readonly base64: Base64Codec,
    private readonly log: Log,
  ) {
    super();
    this.handlers = makeHandlers(services, base64);
  }

  /**
   * @param text a command's text, undefined if it was not valid text
   * @returns the command with its arguments checked, or the error message for the client
   */
  parse(text: string | undefined): Request | string {
    let json: unknown;
    if (text === undefined) return NOT_JSON;
    try {
      json = JSON.parse(text, KEYS);
    } catch {
      return NOT_JSON;
    }
    if (typeof json !== "object" || json === null || !Object.hasOwn(json, "cmd")) return NOT_A_COMMAND;
    const { cmd: name } = json as { cmd: unknown };
    if (typeof name !== "string") return NOT_A_COMMAND;
    const command = findCommand(name);
    if (command === undefined) return UNKNOWN_COMMAND;
    if (command === "unsupported") return UNSUPPORTED_COMMAND;
    try {
      return this.request(name, command, Object.hasOwn(json, "args") ? (json as { args: unknown }).args : undefined);
    } catch (error) {
      if (error instanceof ArgumentError) return nack(name, error.message);
      throw error;
    }
  }

  /** @throws ArgumentError when the arguments, of any type, do not match the command table */
  request(name: string, command: CommandName, given: unknown): Request {
    return { command, name, args: checkArguments(TABLE[command], given, this.base64) };
  }

  /** Runs a command. Never rejects: an error becomes the answer. */
  async run(request: Request, client: CommandClient): Promise<Outcome> {
    const { command, name } = request;
    try {
      const result = await this.perform(request, client);
      const spec: CommandSpec = TABLE[command];
      if (spec.answer === "none") return { messages: [] };
      if (spec.answer === "ack") return { messages: [ack(name)], ...(result as Partial<Outcome> | undefined) };
      return { messages: [JSON.stringify({ [spec.answer]: result })] };
    } catch (error) {
      if (error instanceof CommandError) return { messages: [nack(name, error.message)] };
      this.log.error(`${name}: ${String(error)}; answered with a NACK`);
      return { messages: [nack(name, "internal error")] };
    }
  }

  /**
   * Runs a command.
   * @returns the object of its answer, or `apply` of an Outcome
   * @throws CommandError
   */
  async perform({ command, args }: Request, client: CommandClient): Promise<object | void> {
    const handler = this.handlers[command as keyof Handlers] as Handler<CommandName>;
    const result = await handler(args as Arguments<CommandName>, client);
    if (!client.closed) this.emit("answered", command);
    return result;
  }
}

/** The camera's identity at a time (default: now), for status and image metadata. */
export const identityFields = (services: Pick<Services, "identity" | "clock">, moment?: number): object => {
  const { camera, model, version } = services.identity;
  const { Time, Date } = services.clock.format(moment);
  return { Camera: camera, Model: model, Version: version, Time, Date };
};

const makeHandlers = (services: Services, base64: Base64Codec): Handlers => {
  const { camera, clock, network, update } = services;
  return {
    get_status() {
      const { notice } = update;
      return { ...identityFields(services), ...(notice !== undefined && { Update: notice }) };
    },

    get_config: () => camera.config,
    set_config: (args) => camera.setConfig(args as Parameters<typeof camera.setConfig>[0]),
    set_spotmeter: ({ c1, c2, r1, r2 }) => camera.setSpotmeter({ c1, c2, r1, r2 }),
    run_ffc: () => camera.runFFC(),
    set_time: (args) => clock.set(args),

    async get_lep_cci({ command, length }) {
      const { status, data } = await camera.readCCI(command, length);
      return { command, length: data.length >> 1, status, data: base64.encode(data) };
    },

    async set_lep_cci({ command, length, data }) {
      const { status } = await camera.writeCCI(command, data);
      return { command, length, status };
    },

    stream_on: ({ delay_msec, num_frames }, client) => client.startStream(delay_msec, num_frames),
    stream_off: (_, client) => client.stopStream(),

    get_wifi: () => network.describe(),

    async set_wifi({ flags, ...change }) {
      return {
        apply: await network.configure(flags === undefined ? change : { ...change, flags: flags & FLAGS_STORED }),
      };
    },

    async fw_update_request({ length, version }, client) {
      await update.request(client, length, version);
      client.stopStream();
      if (client.ended) update.gone(client);
    },

    fw_segment: ({ start, data }, client) => update.chunk(client, start, data),
  };
};
