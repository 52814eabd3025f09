// SPDX-License-Identifier: Apache-2.0
import type Listener from "embedded:io/socket/listener";
import type TCP from "embedded:io/socket/tcp";
import type { TimerHandle } from "drivers/timers/timers";
import { messageOf } from "modules/log/log";
import { SocketTransport, type SocketCallbacks, type Transport } from "modules/server/transport";
import { Fault, type FaultSink } from "modules/status/fault";
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
/** ms of silence before the TCP keep-alive. */
const KEEPALIVE_MS = 10_000;
/** ms between attempts to listen. */
const RETRY_MS = 1_000;

export interface WebServerOptions extends Pick<ConnectionEnvironment, "timers" | "text" | "log" | "names"> {
  readonly Listener: typeof Listener;
  readonly TCP: typeof TCP;
  readonly faults: FaultSink;
  readonly handlers: Handlers;
  createHead(): HttpHead;
}

/**
 * The web server: up to CONNECTIONS connections, plain ones and those of long-lived answers. A further connection takes
 * the place of the one that has been idle longest, otherwise it is refused with 503.
 */
export class WebServer {
  readonly #options: WebServerOptions;
  readonly #environment: ConnectionEnvironment;
  readonly #connections = new Set<Connection>();
  readonly #handed = new Set<HandedTransport>();
  readonly #refused = new Set<Connection>();
  readonly #memory: ConnectionMemory[] = [];
  readonly #refusalMemory: ConnectionMemory;
  #listener: Listener | undefined;
  #retry: TimerHandle | undefined;
  #running = false;

  constructor(options: WebServerOptions) {
    const { timers, text, log, handlers, createHead } = options;
    this.#options = options;
    this.#refusalMemory = new ConnectionMemory(createHead());
    this.#environment = {
      ...{ timers, text, log },
      router: new Router(),
      places: new AnswerPlaces(),
      names: () => options.names(),
      crowded: () => CONNECTIONS - this.#count < FREE_PLACES,
      handle: (exchange) => (handlers[exchange.name] as Handler<RequestExchange["query"]>)(exchange),
    };
  }

  /** Listens, and retries until it can. Idempotent. */
  start(): void {
    if (this.#running) return;
    this.#running = true;
    this.#listen();
  }

  /** Ends all connections and stops listening until the next start. Idempotent. */
  stop(): void {
    this.#running = false;
    this.#options.timers.clear(this.#retry);
    this.#retry = undefined;
    this.#closeListener();
    this.#options.faults.clear(Fault.Network);
    for (const connection of [...this.#refused, ...this.#connections]) connection.close();
    for (const transport of [...this.#handed]) transport.end();
  }

  get #count(): number {
    return this.#connections.size + this.#handed.size;
  }

  #listen(): void {
    const { Listener: ListenerClass, faults, log } = this.#options;
    this.#retry = undefined;
    try {
      this.#listener = new ListenerClass({ port: PORT, onReadable: () => this.#accept() });
    } catch (error) {
      return this.#fail(`cannot listen on port ${PORT}: ${messageOf(error)}`);
    }
    faults.clear(Fault.Network);
    log.info(`listening on port ${PORT}`);
  }

  #fail(reason: string): void {
    const { faults, timers, log } = this.#options;
    log.error(`${reason}; retry in ${RETRY_MS / 1000} s`);
    faults.raise(Fault.Network, reason);
    this.#closeListener();
    this.#retry = timers.set(() => this.#listen(), RETRY_MS);
  }

  #closeListener(): void {
    const listener = this.#listener;
    this.#listener = undefined;
    try {
      listener?.close();
    } catch (error) {
      this.#options.log.warn(`closing the listener failed: ${messageOf(error)}; ignored`);
    }
  }

  /** Accepts connections while they can be handled; others wait in the listener. */
  #accept(): void {
    while (this.#listener && this.#refused.size < REFUSALS) {
      let from: TCP | undefined;
      try {
        from = this.#listener.read();
      } catch (error) {
        return this.#fail(`cannot accept connections: ${messageOf(error)}`);
      }
      if (!from) return;
      this.#take(from);
    }
  }

  #take(from: TCP): void {
    if (this.#count >= CONNECTIONS) this.#makeRoom();
    const { log } = this.#options;
    try {
      if (this.#count < CONNECTIONS) this.#open(from);
      else this.#refuse(from);
    } catch (error) {
      log.warn(`a connection failed while it was accepted: ${messageOf(error)}; dropped`);
      try {
        from.close();
      } catch {
        // It is gone already.
      }
    }
  }

  #open(from: TCP): void {
    const memory = this.#memory.pop() ?? new ConnectionMemory(this.#options.createHead());
    const connection = this.#connect(from, memory, () => {
      this.#connections.delete(connection);
      this.#memory.push(memory);
    });
    this.#connections.add(connection);
    if (this.#environment.crowded()) for (const other of this.#connections) other.hurry();
  }

  #refuse(from: TCP): void {
    const connection = this.#connect(from, this.#refusalMemory, () => {
      this.#refused.delete(connection);
      this.#accept();
    });
    this.#refused.add(connection);
    connection.refuse(new WebError(503, "too many connections", RETRY_AFTER));
  }

  #connect(from: TCP, memory: ConnectionMemory, onLeft: () => void): Connection {
    let socket = from;
    const transport = new SocketTransport((callbacks) => (socket = this.#socket(callbacks, from, ANSWER_SEND_LIMIT)));
    return new Connection({
      ...this.#environment,
      ...{ transport, memory, onLeft },
      handOver: (received, onClosed) => this.#handOver(socket, received, onClosed),
    });
  }

  #handOver(from: TCP, received: Uint8Array, onClosed: () => void): Transport {
    const transport: HandedTransport = new HandedTransport(
      (callbacks) => this.#socket(callbacks, from, STREAM_SEND_LIMIT),
      received,
      () => {
        this.#handed.delete(transport);
        onClosed();
      },
    );
    this.#handed.add(transport);
    return transport;
  }

  #socket(callbacks: SocketCallbacks, from: TCP, sendLimit: number): TCP {
    const { TCP: TCPClass } = this.#options;
    return new TCPClass({ ...callbacks, from, format: "buffer", nodelay: true, keepalive: KEEPALIVE_MS, sendLimit });
  }

  /** Closes the connection that has been idle longest. */
  #makeRoom(): void {
    let idle: Connection | undefined;
    let since = Infinity;
    for (const connection of this.#connections) {
      const { idleSince = Infinity } = connection;
      if (idleSince >= since) continue;
      idle = connection;
      since = idleSince;
    }
    idle?.close();
  }
}
