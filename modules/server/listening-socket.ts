// SPDX-License-Identifier: Apache-2.0
import type Listener from "embedded:io/socket/listener";
import type TCP from "embedded:io/socket/tcp";
import type { TimerHandle, Timers } from "drivers/timers/timers";
import { messageOf, type Log } from "modules/log/log";
import { Fault, type FaultSink } from "modules/status/fault";
import type { SocketCallbacks } from "./transport";

/** ms of silence before the TCP keep-alive, so that a vanished client does not keep its slot. */
const KEEPALIVE_MS = 10_000;
/** ms between attempts to listen. */
const RETRY_MS = 1_000;

export interface ListeningOptions {
  readonly Listener: typeof Listener;
  readonly TCP: typeof TCP;
  readonly timers: Timers;
  readonly log: Log;
  readonly faults: FaultSink;
}

/** A TCP port of a server. A port that cannot listen raises fault 6 and is retried until it can. */
export class ListeningSocket {
  private readonly options: ListeningOptions;
  private readonly port: number;
  private readonly onReadable: () => void;
  private listener: Listener | undefined;
  private retry: TimerHandle | undefined;
  private running = false;

  /** @param onReadable connections may wait for `read` */
  constructor(options: ListeningOptions, port: number, onReadable: () => void) {
    this.options = options;
    this.port = port;
    this.onReadable = onReadable;
  }

  /** Listens, and retries until it can. Idempotent. */
  start(): void {
    if (this.running) return;
    this.running = true;
    this.listen();
  }

  /** Stops listening until the next start. Idempotent. */
  stop(): void {
    this.running = false;
    this.options.timers.clear(this.retry);
    this.retry = undefined;
    this.close();
    this.options.faults.clear(Fault.Network);
  }

  /** The connection that has waited longest, not opened yet; undefined when none waits. */
  read(): TCP | undefined {
    try {
      return this.listener?.read();
    } catch (error) {
      this.fail(`cannot accept connections: ${messageOf(error)}`);
      return undefined;
    }
  }

  /** Opens a connection of `read`, or one of `open` again with another limit. */
  open(from: TCP, callbacks: SocketCallbacks, sendLimit: number): TCP {
    const { TCP: TCPClass } = this.options;
    return new TCPClass({ ...callbacks, from, format: "buffer", nodelay: true, keepalive: KEEPALIVE_MS, sendLimit });
  }

  /** A connection failed while it was accepted, which is not a fault of the port: closes it. */
  drop(from: TCP, error: unknown): void {
    const { log } = this.options;
    log.warn(`a connection failed while it was accepted: ${messageOf(error)}; dropped`);
    try {
      from.close();
    } catch (reason) {
      log.warn(`closing a connection failed: ${messageOf(reason)}; ignored`);
    }
  }

  private listen(): void {
    const { Listener: ListenerClass, faults, log } = this.options;
    const port = this.port;
    this.retry = undefined;
    try {
      this.listener = new ListenerClass({ port, onReadable: () => this.onReadable() });
    } catch (error) {
      return this.fail(`cannot listen on port ${port}: ${messageOf(error)}`);
    }
    faults.clear(Fault.Network);
    log.info(`listening on port ${port}`);
  }

  private fail(reason: string): void {
    const { faults, timers, log } = this.options;
    log.error(`${reason}; retry in ${RETRY_MS / 1000} s`);
    faults.raise(Fault.Network, reason);
    this.close();
    this.retry = timers.set(() => this.listen(), RETRY_MS);
  }

  private close(): void {
    const listener = this.listener;
    this.listener = undefined;
    try {
      listener?.close();
    } catch (error) {
      this.options.log.warn(`closing the listener failed: ${messageOf(error)}; ignored`);
    }
  }
}
