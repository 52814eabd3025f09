// SPDX-License-Identifier: Apache-2.0
import type { TimerHandle, Timers } from "drivers/timers/timers";
import type { Log } from "modules/log/log";
import { ETX, STX, TOO_MANY_CONNECTIONS, type TextCodec, type Transport } from "modules/protocol/protocol";

/** Who leaves and comes back at once may be seen to come back first: a place may become free so much later. */
const PATIENCE_MS = 500;
/** Time a client that is turned away has to take the reason. */
const TIMEOUT_MS = 2_000;

/**
 * A connection that is one too many: when no place has become free for it, it is told so, and closed when it has been told.
 * What it sends is then read and thrown away, since TCP resets a connection that is closed with unread data, and the reason
 * would be lost with it.
 */
export class Refusal {
  readonly #packet: Uint8Array;
  readonly #waste = new Uint8Array(256);
  readonly #timers: Timers;
  readonly #log: Log;
  #timer: TimerHandle;
  #state: "waiting" | "telling" | "told" | "over" = "waiting";

  constructor(
    private readonly transport: Transport,
    { text, timers, log }: { text: TextCodec; timers: Timers; log: Log },
    private readonly onClosed: () => void,
  ) {
    this.#packet = text.encode(String.fromCharCode(STX) + TOO_MANY_CONNECTIONS + String.fromCharCode(ETX));
    this.#timers = timers;
    this.#log = log;
    this.#timer = timers.set(() => this.#refuse(), PATIENCE_MS);
    transport.events = {
      onReadable: () => this.#drop(),
      onWritable: () => this.#tell(),
      onClosed: () => this.close(),
    };
  }

  /** Nothing was said to the client yet, nor anything of it read. */
  get waiting(): boolean {
    return this.#state === "waiting";
  }

  /** Lets go of the connection, which has a place now. */
  withdraw(): Transport {
    this.#end();
    return this.transport;
  }

  /** Safe twice. */
  close(): void {
    if (this.#state === "over") return;
    this.transport.close();
    this.#end();
  }

  #refuse(): void {
    this.#log.info("too many connections: one turned away");
    this.#state = "telling";
    this.#timer = this.#timers.set(() => this.close(), TIMEOUT_MS);
    this.#drop();
    this.#tell();
  }

  #drop(): void {
    if (this.#state === "telling" || this.#state === "told") while (this.transport.read(this.#waste) > 0);
  }

  #tell(): void {
    if (this.#state === "telling" && this.transport.writable >= this.#packet.length) {
      if (this.transport.write(this.#packet)) this.#state = "told";
    } else if (this.#state === "told" && this.transport.drained) this.close();
  }

  #end(): void {
    this.#state = "over";
    this.#timers.clear(this.#timer);
    this.transport.events = undefined;
    this.onClosed();
  }
}
