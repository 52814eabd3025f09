// SPDX-License-Identifier: Apache-2.0
import type TCP from "embedded:io/socket/tcp";
import { type ListeningOptions, ListeningSocket } from "modules/server/server";
import { SocketTransport, type Transport } from "modules/server/transport";
import { AnswerPlaces } from "./answer-places";
import { Connection, ConnectionMemory, type ConnectionEnvironment } from "./connection";
import { type Handler, type Handlers, RETRY_AFTER, WebError } from "./exchange";
import { HandedTransport } from "./handed-transport";
import type { HttpHead } from "./http-head";
import { ANSWER_SEND_LIMIT, CONNECTIONS, FREE_PLACES, REFUSALS, STREAM_SEND_LIMIT } from "./limits";
import type { RequestExchange } from "./request-exchange";
import { Router } from "./router";

/** The port of HTTP. */
export const PORT = 80;

export interface WebServerOptions extends ListeningOptions, Pick<ConnectionEnvironment, "text" | "names"> {
  readonly handlers: Handlers;
  createHead(): HttpHead;
}

/**
 * The web server: up to CONNECTIONS connections, plain ones and those of long-lived answers. A further connection takes
 * the place of the one that has been idle longest, otherwise it is refused with 503.
 */
export class WebServer {
  private readonly options: WebServerOptions;
  private readonly environment: ConnectionEnvironment;
  private readonly connections = new Set<Connection>();
  private readonly handed = new Set<HandedTransport>();
  private readonly refused = new Set<Connection>();
  private readonly memory: ConnectionMemory[] = [];
  private readonly refusalMemory: ConnectionMemory;
  private readonly socket: ListeningSocket;

  constructor(options: WebServerOptions) {
    const { timers, text, log, handlers, createHead } = options;
    this.options = options;
    this.socket = new ListeningSocket(options, PORT, () => this.accept());
    this.refusalMemory = new ConnectionMemory(createHead());
    this.environment = {
      ...{ timers, text, log },
      router: new Router(),
      places: new AnswerPlaces(),
      names: () => options.names(),
      crowded: () => CONNECTIONS - this.count < FREE_PLACES,
      handle: (exchange) => (handlers[exchange.name] as Handler<RequestExchange["query"]>)(exchange),
    };
  }

  /** Listens, and retries until it can. Idempotent. */
  start(): void {
    this.socket.start();
  }

  /** Ends all connections and stops listening until the next start. Idempotent. */
  stop(): void {
    this.socket.stop();
    for (const connection of [...this.refused, ...this.connections]) connection.close();
    for (const transport of [...this.handed]) transport.end();
  }

  private get count(): number {
    return this.connections.size + this.handed.size;
  }

  /** Accepts connections while they can be handled; others wait in the listener. */
  private accept(): void {
    while (this.refused.size < REFUSALS) {
      const from = this.socket.read();
      if (!from) return;
      this.take(from);
    }
  }

  private take(from: TCP): void {
    if (this.count >= CONNECTIONS) this.makeRoom();
    try {
      if (this.count < CONNECTIONS) this.open(from);
      else this.refuse(from);
    } catch (error) {
      this.socket.drop(from, error);
    }
  }

  private open(from: TCP): void {
    const memory = this.memory.pop() ?? new ConnectionMemory(this.options.createHead());
    const connection = this.connect(from, memory, () => {
      this.connections.delete(connection);
      this.memory.push(memory);
    });
    this.connections.add(connection);
    if (this.environment.crowded()) for (const other of this.connections) other.hurry();
  }

  private refuse(from: TCP): void {
    const connection = this.connect(from, this.refusalMemory, () => {
      this.refused.delete(connection);
      this.accept();
    });
    this.refused.add(connection);
    connection.refuse(new WebError(503, "too many connections", RETRY_AFTER));
  }

  private connect(from: TCP, memory: ConnectionMemory, onLeft: () => void): Connection {
    let socket = from;
    const transport = new SocketTransport(
      (callbacks) => (socket = this.socket.open(from, callbacks, ANSWER_SEND_LIMIT)),
    );
    return new Connection({
      ...this.environment,
      ...{ transport, memory, onLeft },
      handOver: (received, onClosed) => this.handOver(socket, received, onClosed),
    });
  }

  private handOver(from: TCP, received: Uint8Array, onClosed: () => void): Transport {
    const transport: HandedTransport = new HandedTransport(
      (callbacks) => this.socket.open(from, callbacks, STREAM_SEND_LIMIT),
      received,
      () => {
        this.handed.delete(transport);
        onClosed();
      },
    );
    this.handed.add(transport);
    return transport;
  }

  /** Closes the connection that has been idle longest. */
  private makeRoom(): void {
    let idle: Connection | undefined;
    let since = Infinity;
    for (const connection of this.connections) {
      const { idleSince = Infinity } = connection;
      if (idleSince >= since) continue;
      idle = connection;
      since = idleSince;
    }
    idle?.close();
  }
}
