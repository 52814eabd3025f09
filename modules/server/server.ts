// SPDX-License-Identifier: Apache-2.0
import type Listener from "embedded:io/socket/listener";
import type TCP from "embedded:io/socket/tcp";
import type { TimerHandle } from "drivers/timers/timers";
import type { Encoder } from "modules/image/image";
import { messageOf } from "modules/log/log";
import {
  Session,
  SessionMemory,
  StreamTransport,
  type SessionEnvironment,
  type Transport,
} from "modules/protocol/protocol";
import { Fault, type FaultSink } from "modules/status/fault";
import { Refusal } from "./refusal";

export { HardwareInterface, type HardwareInterfaceOptions } from "./hardware-interface";

/** Clients at once. */
export const CLIENTS = 4;
/** The port existing clients connect to. */
export const PORT = 5001;
/** ms of silence before a client is probed, so that one that vanished does not keep its place. */
const KEEPALIVE_MS = 10_000;
/** ms between attempts to listen. */
const RETRY_MS = 1_000;
/** Pieces of images are made here. */
const SCRATCH_BYTES = 8_192;
/** Connections that can be rejected at once; more wait to be accepted. */
const REFUSALS = 4;
/** ms without a byte from a client, after which it may be closed to make room for another. */
const SILENCE_MS = 300_000;
/** Clients at once that are gone while their commands are still run. Those of one more are dropped. */
const DEPARTED = 4;

export interface ServerOptions extends SessionEnvironment {
  readonly Listener: typeof Listener;
  readonly TCP: typeof TCP;
  readonly faults: FaultSink;
  readonly port?: number;
  createEncoder(): Encoder;
  /** Told the number of sessions when it changes. */
  onClients?(count: number): void;
  /** Told whether any client streams, when that changes. */
  onStreaming?(streaming: boolean): void;
}

/**
 * The command socket: up to four clients at once, each with a session of its own. One more takes the place of a client that has been
 * silent for long; if there is none such, it is rejected. A socket that cannot listen is fault 6, and is tried again until it can.
 */
export class Server {
  readonly #options: ServerOptions;
  readonly #sessions = new Set<Session>();
  /** Sessions without a connection and without a place, whose commands are still run. */
  readonly #departed = new Set<Session>();
  readonly #refusals = new Set<Refusal>();
  readonly #free: SessionMemory[] = [];
  #listener: Listener | undefined;
  #retry: TimerHandle | undefined;
  #running = false;
  #streaming = 0;

  constructor(options: ServerOptions) {
    this.#options = options;
    const scratch = new Uint8Array(SCRATCH_BYTES);
    for (let i = 0; i < CLIENTS; i++) this.#free.push(new SessionMemory(options.createEncoder(), scratch));
  }

  /** Sessions there are now. */
  get clients(): number {
    return this.#sessions.size;
  }

  /** Listens, now or as soon as it can. Safe twice. */
  start(): void {
    if (this.#running) return;
    this.#running = true;
    this.#listen();
  }

  /** Ends all sessions; new ones are welcome. */
  disconnect(): void {
    for (const refusal of [...this.#refusals]) refusal.close(); // first: a place that becomes free is for those who wait
    for (const session of [...this.#sessions, ...this.#departed]) session.close();
  }

  /** Ends all sessions and listens no more, until the next start. Safe twice. */
  stop(): void {
    this.#running = false;
    this.#options.timers.clear(this.#retry);
    this.#retry = undefined;
    this.#closeListener();
    this.#options.faults.clear(Fault.Network);
    this.disconnect();
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
    log.error(`${reason}; trying again in ${RETRY_MS / 1000} s`);
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
      this.#options.log.warn(`closing the listener: ${messageOf(error)}`);
    }
  }

  /**
   * Takes the connections there are, while there is anything to be done with them; the others wait in the listener.
   * A connection that fails on the way in is no fault of the listener.
   */
  #accept(): void {
    while (this.#listener && (this.#free.length > 0 || this.#refusals.size < REFUSALS)) {
      let from: TCP | undefined;
      try {
        from = this.#listener.read();
      } catch (error) {
        return this.#fail(`cannot accept connections: ${messageOf(error)}`);
      }
      if (!from) return;
      const transport = this.#transport(from);
      if (!transport) continue;
      const memory = this.#free.pop();
      if (memory) this.#open(transport, memory);
      else this.#hold(transport);
    }
  }

  /** @returns undefined when the connection failed on the way in */
  #transport(from: TCP): Transport | undefined {
    const { TCP: TCPClass, log } = this.#options;
    try {
      return new StreamTransport(
        (callbacks) => new TCPClass({ ...callbacks, from, nodelay: true, keepalive: KEEPALIVE_MS, format: "buffer" }),
      );
    } catch (error) {
      log.warn(`a connection failed at once: ${messageOf(error)}`);
    }
    try {
      from.close();
    } catch (error) {
      log.warn(`closing a connection: ${messageOf(error)}`);
    }
    return undefined;
  }

  /** No place is free: the connection waits for one. */
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
   * Closes the client that has been silent longest, of those that have nothing under way, if it has been silent for SILENCE_MS.
   * Its place then goes to the connection that waits longest.
   */
  #makeRoom(): void {
    let silent: Session | undefined;
    let since = Infinity;
    for (const session of this.#sessions) {
      const { silentSince = Infinity } = session;
      if (silentSince >= since) continue;
      silent = session;
      since = silentSince;
    }
    const silence = this.#options.timers.now() - since;
    if (!silent || silence < SILENCE_MS) return;
    this.#options.log.info(
      `no place is free: closing a client that has been silent for ${Math.floor(silence / 1000)} s`,
    );
    silent.close();
  }

  /** A place has become free: for the connection that waits longest. */
  #admit(): void {
    for (const refusal of this.#refusals) {
      if (!refusal.waiting) continue;
      const memory = this.#free.pop();
      if (memory) this.#open(refusal.withdraw(), memory).onReadable();
      return;
    }
    this.#accept();
  }

  #open(transport: Transport, memory: SessionMemory): Session {
    const { services, commands, executor, text, timers, log } = this.#options;
    const session: Session = new Session({
      ...{ services, commands, executor, text, timers, log },
      transport,
      memory,
      onStreaming: (on) => this.#countStreaming(on ? 1 : -1),
      onLeft: () => this.#retire(session, memory),
      onClosed: () => this.#departed.delete(session),
    });
    this.#sessions.add(session);
    this.#countClients("connected");
    return session;
  }

  /** The client's connection is gone: its place and memory are free. */
  #retire(session: Session, memory: SessionMemory): void {
    this.#sessions.delete(session);
    if (this.#departed.size < DEPARTED) this.#departed.add(session);
    else session.close();
    this.#free.push(memory);
    this.#countClients("disconnected");
    this.#admit();
  }

  #countClients(what: string): void {
    this.#options.log.info(`client ${what}; ${this.#sessions.size} of ${CLIENTS}`);
    this.#options.onClients?.(this.#sessions.size);
  }

  #countStreaming(change: 1 | -1): void {
    const before = this.#streaming > 0;
    this.#streaming += change;
    if (before !== this.#streaming > 0) this.#options.onStreaming?.(!before);
  }
}
