// SPDX-License-Identifier: Apache-2.0
import type { TimerHandle, Timers } from "drivers/timers/timers";
import type { Log } from "modules/log/log";
import { ETX, STX, TOO_MANY_CONNECTIONS, type TextCodec } from "modules/protocol/protocol";
import type { Transport } from "./transport";

/** A client that reconnects may be accepted before its old connection is seen to close: wait this long for a slot. */
const WAIT_MS = 500;
/** Timeout for a rejected client to read the reason. */
const TIMEOUT_MS = 2_000;

export interface RefusalOptions {
  readonly transport: Transport;
  readonly text: TextCodec;
  readonly timers: Timers;
  readonly log: Log;
  /** Called when the wait has ended. May free a slot for this connection, which `withdraw` then hands over. */
  makeRoom(): void;
  /** The connection was closed, or withdrawn. */
  onClosed(): void;
}

/**
 * Rejects a connection above the limit: waits for a slot, otherwise sends the reason and closes. After that, data from
 * the client is read and discarded: TCP resets a connection that is closed with unread data, and the reason would be
 * lost.
 */
export class Refusal {
  private readonly options: RefusalOptions;
  private readonly message: Uint8Array;
  private readonly waste = new Uint8Array(256);
  private timer: TimerHandle;
  private state: "waiting" | "sending" | "sent" | "over" = "waiting";

  constructor(options: RefusalOptions) {
    const { transport, text, timers } = options;
    this.options = options;
    this.message = text.encode(String.fromCharCode(STX) + TOO_MANY_CONNECTIONS + String.fromCharCode(ETX));
    this.timer = timers.set(() => this.refuse(), WAIT_MS);
    transport.events = {
      onReadable: () => this.discard(),
      onWritable: () => this.send(),
      // A half-closed client still waits for a slot or for the reason.
      onEnd: () => undefined,
      onClosed: () => this.close(),
    };
  }

  /** Nothing has been sent to the client or read from it. */
  get waiting(): boolean {
    return this.state === "waiting";
  }

  /** Hands over the connection, which now has a slot. */
  withdraw(): Transport {
    this.end();
    return this.options.transport;
  }

  /** Idempotent. */
  close(): void {
    if (this.state === "over") return;
    this.options.transport.close();
    this.end();
  }

  private refuse(): void {
    const { makeRoom, timers, log } = this.options;
    makeRoom();
    if (!this.waiting) return;
    log.info("connection rejected: no slot is free");
    this.state = "sending";
    this.timer = timers.set(() => this.close(), TIMEOUT_MS);
    this.discard();
    this.send();
  }

  private discard(): void {
    if (this.state === "sending" || this.state === "sent") while (this.options.transport.read(this.waste) > 0);
  }

  private send(): void {
    const { transport } = this.options;
    if (this.state === "sending" && transport.writable >= this.message.length) {
      if (transport.write(this.message)) this.state = "sent";
    } else if (this.state === "sent" && transport.drained) this.close();
  }

  private end(): void {
    const { transport, timers, onClosed } = this.options;
    this.state = "over";
    timers.clear(this.timer);
    transport.events = undefined;
    onClosed();
  }
}
