// SPDX-License-Identifier: Apache-2.0
import type { Context } from "modules/context/context";
import type { SessionEnvironment } from "modules/server/server";
import { apiHandlers } from "./api";
import type { Handlers } from "./exchange";
import { NativeHttpHead } from "./http-head";
import { openPictures } from "./open-pictures";
import { pageHandler } from "./page-handler";
import { PORT, WebServer, type WebServerOptions } from "./server";
import { WebCommands } from "./web-commands";

export { PORT } from "./server";

/** The board's socket classes. */
export interface WebBoard {
  readonly listener: WebServerOptions["Listener"];
  readonly tcp: WebServerOptions["TCP"];
}

/** The part of platform/system that the web server needs. */
export interface WebSystem {
  restart(): void;
}

export interface WebNetwork {
  /** The camera's name as a host name. */
  readonly hostName: string;
}

/** The camera's page, API and streams. */
export class Web {
  readonly port = PORT;
  readonly #server: WebServer;

  constructor(server: WebServer) {
    this.#server = server;
  }

  static open(
    context: Context,
    { listener, tcp }: WebBoard,
    system: WebSystem,
    network: WebNetwork,
    sessions: SessionEnvironment,
  ): Web {
    const { timers, log, faults } = context.part("web");
    const { text } = sessions;
    const names = (): readonly string[] => {
      const name = network.hostName.toLowerCase();
      return [name, `${name}.local`];
    };
    const commands = new WebCommands(sessions);
    const handlers = {
      ...apiHandlers({
        ...{ services: sessions.services, commands },
        now: () => timers.now(),
        restart: () => system.restart(),
      }),
      ...openPictures(context, sessions),
      page: pageHandler,
    } as Handlers;
    return new Web(
      new WebServer({
        ...{ Listener: listener, TCP: tcp, timers, text, log, faults, names, handlers },
        createHead: () => new NativeHttpHead(),
      }),
    );
  }

  /** Serves, and retries until it can. Idempotent. */
  start(): void {
    this.#server.start();
  }

  /** Ends all connections. Idempotent. */
  stop(): void {
    this.#server.stop();
  }
}
