// SPDX-License-Identifier: Apache-2.0
import type { Context } from "modules/context/context";
import { Emitter, type Observable } from "modules/events/emitter";
import type { PlacesEvents, SessionEnvironment } from "modules/server/server";
import { apiHandlers, type SensorIdentity } from "./api";
import { sendAsset } from "./asset";
import { EventStream } from "./event-stream";
import type { Handlers } from "./exchange";
import { RESTART_MS } from "./limits";
import { NativeHttpHead } from "./native-head";
import { openPictures } from "./open-pictures";
import { openWebSockets } from "./open-websockets";
import { PORT, WebServer, type WebServerOptions } from "./server";
import { thermalHandler } from "./thermal-handler";
import { UpdateUpload } from "./update-upload";
import { WebCommands } from "./web-commands";
import type { WebSockets } from "./websockets";

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

/** The parts of the camera that the web server knows beside the services of sessions. */
export interface WebParts {
  /** The camera's name as a host name. */
  readonly network: { readonly hostName: string };
  readonly camera: SensorIdentity;
  readonly update: Observable<{ stage: [stage: string] }>;
}

/** The camera's page, API and streams. Its clients are those of WebSockets. */
export class Web extends Emitter<Pick<PlacesEvents, "clients" | "streaming">> {
  readonly port = PORT;
  private readonly server: WebServer;
  private readonly webSockets: WebSockets;

  constructor(server: WebServer, webSockets: WebSockets) {
    super();
    this.server = server;
    this.webSockets = webSockets;
    webSockets.on("clients", (count) => this.emit("clients", count));
    webSockets.on("streaming", (streaming) => this.emit("streaming", streaming));
  }

  static open(
    context: Context,
    { listener, tcp }: WebBoard,
    system: WebSystem,
    { network, camera, update }: WebParts,
    sessions: SessionEnvironment,
  ): Web {
    const { timers, log, faults } = context.part("web");
    const { text } = sessions;
    const names = (): readonly string[] => {
      const name = network.hostName.toLowerCase();
      return [name, `${name}.local`];
    };
    const { services } = sessions;
    const commands = new WebCommands(sessions);
    const webSockets = openWebSockets(context, sessions);
    const events = new EventStream(timers, text, { update: { stage: "none" }, faults: context.faults.raised });
    context.faults.on("changed", () => events.post("faults", context.faults.raised));
    update.on("stage", (stage) => events.post("update", { stage }));
    const pictures = openPictures(context, sessions);
    const handlers: Handlers = {
      ...apiHandlers({
        ...{ services, commands, sensor: camera, history: context.history, faults: context.faults },
        progress: () => events.present("update"),
        image: pictures.imageTjsn,
        now: () => timers.now(),
        restart: () => void timers.set(() => system.restart(), RESTART_MS),
      }),
      ...pictures,
      ...webSockets.handlers,
      events: events.open,
      page: (exchange) => sendAsset(exchange, "page"),
      openapi: (exchange) => sendAsset(exchange, "openapi"),
      thermal: thermalHandler(services, timers),
      update: (exchange) =>
        new UpdateUpload(exchange, services.update, timers, (progress) =>
          events.post("update", { stage: "running", ...progress }),
        ).run(),
    };
    return new Web(
      new WebServer({
        ...{ Listener: listener, TCP: tcp, timers, text, log, faults, names, handlers },
        createHead: () => new NativeHttpHead(),
      }),
      webSockets,
    );
  }

  /** Serves, and retries until it can. Idempotent. */
  start(): void {
    this.server.start();
  }

  /** Ends all connections. Idempotent. */
  stop(): void {
    this.webSockets.close();
    this.server.stop();
  }
}
