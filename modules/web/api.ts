// SPDX-License-Identifier: Apache-2.0
import type { Request, Services } from "modules/protocol/protocol";
import type { LogHistory } from "modules/log/history";
import type { Faults } from "modules/status/faults";
import { type Exchange, type Handlers, WebError } from "./exchange";
import { PLACES } from "./limits";
import { ROUTES } from "./routes";
import type { WebCommands } from "./web-commands";

/** Commands that need a session: what they start goes on after their answer. */
const SESSION_COMMANDS: readonly string[] = Object.freeze([
  "stream_on",
  "stream_off",
  "fw_update_request",
  "fw_segment",
]);

const GET_STATUS: Request = Object.freeze({ command: "get_status", name: "get_status", args: Object.freeze({}) });

/** What programs need to know before they ask: the size of a frame, and the numbers of long-lived answers. */
const CAPABILITIES = Object.freeze({
  columns: 160,
  rows: 120,
  palettes: ROUTES.snapshot.query.palette.values,
  limits: PLACES,
});

/** The part of the camera that identifies its sensor. */
export interface SensorIdentity {
  readonly lepton: { readonly model: string; readonly partNumber: string; readonly radiometric: boolean };
}

export interface ApiOptions {
  readonly services: Services;
  readonly commands: WebCommands;
  readonly sensor: SensorIdentity;
  readonly history: Pick<LogHistory, "read">;
  readonly faults: Pick<Faults, "raised">;
  /** Data of the last event `update`. */
  readonly progress: () => object | undefined;
  /** Answers with the image of get_image. */
  image(exchange: Exchange<unknown>): void | Promise<void>;
  /** Milliseconds since start. */
  now(): number;
  restart(): void;
}

type Api = "device" | "config" | "setConfig" | "wifi" | "setWifi" | "command" | "ffc" | "restart" | "log";

/** Handlers of the routes that answer with JSON made on request. */
export const apiHandlers = (options: ApiOptions): Pick<Handlers, Api> => {
  const { services, commands, sensor, faults, history } = options;
  const { camera, network } = services;
  return {
    async device(exchange) {
      // Run as a command, so that a firmware on trial is proven by it.
      const status = await commands.run(GET_STATUS);
      const { model, partNumber, radiometric } = sensor.lepton;
      json(exchange, {
        ...status,
        sensor: { model: `Lepton ${model}`, part: partNumber, radiometric },
        capabilities: CAPABILITIES,
        uptime: Math.floor(options.now()),
        faults: faults.raised,
        update: options.progress(),
        paths: paths(),
      });
    },

    config: (exchange) => json(exchange, camera.config),

    async setConfig(exchange) {
      await commands.perform(exchange, commands.request("set_config", await exchange.body(), camera.config), 503);
      json(exchange, camera.config);
    },

    wifi: (exchange) => json(exchange, network.describe()),

    async setWifi(exchange) {
      const request = commands.request("set_wifi", await exchange.body(), network.describe());
      const outcome = await commands.perform(exchange, request, 400);
      json(exchange, network.describe(), applyOf(outcome));
    },

    async command(exchange) {
      const request = commands.parse(await exchange.body());
      if (typeof request === "string") return answer(exchange, request);
      if (SESSION_COMMANDS.includes(request.command))
        throw new WebError(400, `${request.name} needs a session: use /ws or the camera's own port`);
      if (request.command === "get_image") return options.image(exchange);
      const { messages, apply } = await commands.answer(exchange, request);
      answer(exchange, messages[0] ?? "{}", apply);
    },

    async ffc(exchange) {
      await commands.perform(exchange, { command: "run_ffc", name: "run_ffc", args: {} }, 503);
      json(exchange, {});
    },

    restart: (exchange) => json(exchange, { restarting: true }, () => options.restart()),

    log(exchange) {
      const { text, next } = history.read(exchange.query.since);
      exchange.respond(200, { fields: { "X-Log-Next": `${next}` }, body: text });
    },
  };
};

/** Name to path of the routes of GET: what this camera offers. */
const paths = (): Readonly<Record<string, string>> => {
  const found: Record<string, string> = {};
  for (const [name, { method, path }] of Object.entries(ROUTES)) if (method === "GET") found[name] = path;
  return found;
};

const applyOf = (outcome: object | void): (() => void) | undefined =>
  (outcome as { apply?: () => void } | undefined)?.apply;

const json = (exchange: Exchange<unknown>, body: object, onSent?: () => void): void => {
  answer(exchange, JSON.stringify(body), onSent);
};

const answer = (exchange: Exchange<unknown>, body: string, onSent?: () => void): void => {
  exchange.respond(200, { body, ...(onSent && { onSent }) });
};
