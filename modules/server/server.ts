// SPDX-License-Identifier: Apache-2.0
import type Listener from "embedded:io/socket/listener";
import type TCP from "embedded:io/socket/tcp";
import type { TimerHandle } from "drivers/timers/timers";
import { Emitter } from "modules/events/emitter";
import { messageOf } from "modules/log/log";
import { Fault, type FaultSink } from "modules/status/fault";
import { DelimitedChannel, SessionMemory } from "./channel";
import { CLIENTS } from "./limits";
import { Places, type PlacesEvents } from "./places";
import { Refusal } from "./refusal";
import type { Session, SessionEnvironment } from "./session";
import { SocketTransport, type Transport } from "./transport";

export { READ_BYTES, SessionMemory, type Channel } from "./channel";
export type { ClientInterface, ClientInterfaceEvents } from "./client-interface";
export type { CommandReader, ReceivedCommand } from "./command-reader";
export { type CommandSource, Executor } from "./executor";
export { HardwareInterface, type HardwareInterfaceOptions } from "./hardware-interface";
export type { ImageOutlet } from "./image-feed";
export { CLIENTS } from "./limits";
export { InlineOutlet, type StoppableSource } from "./outlets";
export type { MessageTransport, Output } from "./output";
export { Places, type PlacesEvents } from "./places";
export type { CommandEnvironment, SessionEnvironment } from "./session";

/** The port that existing clients use. */
export const PORT = 5001;
/** ms of silence before the TCP keep-alive, so that a vanished client does not keep its slot. */
const KEEPALIVE_MS = 10_000;
/** Bytes of a session that may be written and not yet acknowledged: half an image, 23 Mbit/s at 10 ms round trip. */
const SEND_LIMIT = 28_672;
/** ms between attempts to listen. */
const RETRY_MS = 1_000;
/** Maximum number of connections that are being rejected; further ones wait in the listener. */
const REFUSALS = 4;
/** ms without a byte from a client, after which it may be closed to free its slot for another. */
const SILENCE_MS = 300_000;
export interface ServerOptions extends SessionEnvironment {
  readonly Listener: typeof Listener;
  readonly TCP: typeof TCP;
  readonly faults: FaultSink;
  readonly port?: number;
}

export type ServerEvents = Pick<PlacesEvents, "clients" | "streaming">;

/**
 * The command socket: up to four clients, each with its own session. A further client replaces one that has been silent
 * for long; otherwise it is rejected. A socket that cannot listen raises fault 6 and is retried until it can.
 */
export class Server extends Emitter<ServerEvents> {
  readonly #options: ServerOptions;
  readonly #places: Places<SessionMemory>;
  readonly #refusals = new Set<Refusal>();
  #listener: Listener | undefined;
  #retry: TimerHandle | undefined;
  #running = false;

  constructor(options: ServerOptions) {
    super();
    this.#options = options;
    this.#places = new Places({
      ...options,
      kind: "client",
      places: CLIENTS,
      createMemory: () => new SessionMemory(options.createFramer(), options.createEncoder()),
    });
    this.#places.prepare();
    this.#places.on("clients", (count) => this.emit("clients", count));
    this.#places.on("streaming", (streaming) => this.emit("streaming", streaming));
    this.#places.on("free", () => this.#admit());
  }

  /** Listens, and retries until it can. Idempotent. */
  start(): void {
    if (this.#running) return;
    this.#running = true;
    this.#listen();
  }

  /** Ends all sessions and stops listening until the next start. Idempotent. */
  stop(): void {
    this.#running = false;
    this.#options.timers.clear(this.#retry);
    this.#retry = undefined;
    this.#closeListener();
    this.#options.faults.clear(Fault.Network);
    for (const refusal of [...this.#refusals]) refusal.close(); // before slots become free
    this.#places.close();
  }

  #listen(): void {
    const { Listener: ListenerClass, port = PORT, faults, log } = this.#options;
    this.#retry = undefined;
    try {
      this.#listener = new ListenerClass({ port, onReadable: () => this.#accept() });
    } catch (error) {
      this.#fail(`cannot listen on port ${port}: ${messageOf(error)}`);
      return;
    }
    faults.clear(Fault.Network);
    log.info(`listening on port ${port}`);
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

  /**
   * Accepts connections while they can be handled; others wait in the listener. A connection that fails while it is
   * accepted is not a fault of the listener.
   */
  #accept(): void {
    while (this.#listener && (this.#places.free || this.#refusals.size < REFUSALS)) {
      let from: TCP | undefined;
      try {
        from = this.#listener.read();
      } catch (error) {
        return this.#fail(`cannot accept connections: ${messageOf(error)}`);
      }
      if (!from) return;
      const transport = this.#transport(from);
      if (!transport) continue;
      const memory = this.#places.take();
      if (memory) this.#open(transport, memory);
      else this.#hold(transport);
    }
  }

  /** @returns undefined if the connection failed while it was accepted */
  #transport(from: TCP): Transport | undefined {
    const { TCP: TCPClass, log } = this.#options;
    try {
      return new SocketTransport(
        (callbacks) =>
          new TCPClass({
            ...{ ...callbacks, from, format: "buffer" },
            ...{ nodelay: true, keepalive: KEEPALIVE_MS, sendLimit: SEND_LIMIT },
          }),
      );
    } catch (error) {
      log.warn(`a connection failed while it was accepted: ${messageOf(error)}; dropped`);
    }
    try {
      from.close();
    } catch (error) {
      log.warn(`closing a connection failed: ${messageOf(error)}; ignored`);
    }
    return undefined;
  }

  /** No slot is free: the connection waits for one. */
  #hold(transport: Transport): void {
    const { text, timers, log } = this.#options;
    const refusal = new Refusal({
      ...{ transport, text, timers, log },
      makeRoom: () => this.#makeRoom(),
      onClosed: () => {
        this.#refusals.delete(refusal);
        this.#accept();
      },
    });
    this.#refusals.add(refusal);
  }

  /**
   * Closes the client that has been silent longest, among those with nothing in progress, if it has been silent for
   * SILENCE_MS. Its slot then goes to the connection that has waited longest.
   */
  #makeRoom(): void {
    const silent = this.#places.mostSilent();
    const silence = silent ? this.#options.timers.now() - silent.since : 0;
    if (!silent || silence < SILENCE_MS) return;
    this.#options.log.info(`no slot is free: closing a client that was silent for ${Math.floor(silence / 1000)} s`);
    silent.session.close();
  }

  /** A slot is free: gives it to the connection that has waited longest. */
  #admit(): void {
    for (const refusal of this.#refusals) {
      if (!refusal.waiting) continue;
      const memory = this.#places.take();
      if (memory) this.#open(refusal.withdraw(), memory).onReadable();
      return;
    }
    this.#accept();
  }

  #open(transport: Transport, memory: SessionMemory): Session {
    return this.#places.open(memory, new DelimitedChannel(transport, memory, this.#options.text));
  }
}
