// SPDX-License-Identifier: Apache-2.0
import type TCP from "embedded:io/socket/tcp";
import { Emitter } from "modules/events/emitter";
import { DelimitedChannel, SessionMemory } from "./channel";
import { CLIENTS } from "./limits";
import { type ListeningOptions, ListeningSocket } from "./listening-socket";
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
export { type ListeningOptions, ListeningSocket } from "./listening-socket";
export { InlineOutlet, type StoppableSource } from "./outlets";
export type { MessageTransport, Output } from "./output";
export { Places, type PlacesEvents } from "./places";
export type { CommandEnvironment, SessionEnvironment } from "./session";

/** The port that existing clients use. */
export const PORT = 5001;
/** Bytes of a session that may be written and not yet acknowledged: half an image, 23 Mbit/s at 10 ms round trip. */
const SEND_LIMIT = 28_672;
/** Maximum number of connections that are being rejected; further ones wait in the listener. */
const REFUSALS = 4;
/** ms without a byte from a client, after which it may be closed to free its slot for another. */
const SILENCE_MS = 300_000;

export interface ServerOptions extends SessionEnvironment, ListeningOptions {
  readonly port?: number;
}

export type ServerEvents = Pick<PlacesEvents, "clients" | "streaming">;

/**
 * The command socket: up to four clients, each with its own session. A further client replaces one that has been silent
 * for long; otherwise it is rejected.
 */
export class Server extends Emitter<ServerEvents> {
  private readonly options: ServerOptions;
  private readonly places: Places<SessionMemory>;
  private readonly refusals = new Set<Refusal>();
  private readonly socket: ListeningSocket;

  constructor(options: ServerOptions) {
    super();
    this.options = options;
    this.socket = new ListeningSocket(options, options.port ?? PORT, () => this.accept());
    this.places = new Places({
      ...options,
      kind: "client",
      places: CLIENTS,
      createMemory: () => new SessionMemory(options.createFramer(), options.createEncoder()),
    });
    this.places.prepare();
    this.places.on("clients", (count) => this.emit("clients", count));
    this.places.on("streaming", (streaming) => this.emit("streaming", streaming));
    this.places.on("free", () => this.admit());
  }

  /** Listens, and retries until it can. Idempotent. */
  start(): void {
    this.socket.start();
  }

  /** Ends all sessions and stops listening until the next start. Idempotent. */
  stop(): void {
    this.socket.stop();
    for (const refusal of [...this.refusals]) refusal.close(); // before slots become free
    this.places.close();
  }

  /** Accepts connections while they can be handled; others wait in the listener. */
  private accept(): void {
    while (this.places.free || this.refusals.size < REFUSALS) {
      const from = this.socket.read();
      if (!from) return;
      const transport = this.transport(from);
      if (!transport) continue;
      const memory = this.places.take();
      if (memory) this.open(transport, memory);
      else this.hold(transport);
    }
  }

  /** @returns undefined if the connection failed while it was accepted */
  private transport(from: TCP): Transport | undefined {
    try {
      return new SocketTransport((callbacks) => this.socket.open(from, callbacks, SEND_LIMIT));
    } catch (error) {
      this.socket.drop(from, error);
      return undefined;
    }
  }

  /** No slot is free: the connection waits for one. */
  private hold(transport: Transport): void {
    const { text, timers, log } = this.options;
    const refusal = new Refusal({
      ...{ transport, text, timers, log },
      makeRoom: () => this.makeRoom(),
      onClosed: () => {
        this.refusals.delete(refusal);
        this.accept();
      },
    });
    this.refusals.add(refusal);
  }

  /**
   * Closes the client that has been silent longest, among those with nothing in progress, if it has been silent for
   * SILENCE_MS. Its slot then goes to the connection that has waited longest.
   */
  private makeRoom(): void {
    const silent = this.places.mostSilent();
    const silence = silent ? this.options.timers.now() - silent.since : 0;
    if (!silent || silence < SILENCE_MS) return;
    this.options.log.info(`no slot is free: closing a client that was silent for ${Math.floor(silence / 1000)} s`);
    silent.session.close();
  }

  /** A slot is free: gives it to the connection that has waited longest. */
  private admit(): void {
    for (const refusal of this.refusals) {
      if (!refusal.waiting) continue;
      const memory = this.places.take();
      if (memory) this.open(refusal.withdraw(), memory).onReadable();
      return;
    }
    this.accept();
  }

  private open(transport: Transport, memory: SessionMemory): Session {
    return this.places.open(memory, new DelimitedChannel(transport, memory, this.options.text));
  }
}
