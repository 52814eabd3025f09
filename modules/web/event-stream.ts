// SPDX-License-Identifier: Apache-2.0
import type { TimerHandle, Timers } from "drivers/timers/timers";
import type { TextCodec } from "modules/protocol/protocol";
import type { Transport } from "modules/server/transport";
import type { Exchange } from "./exchange";

/** ms between comments that keep proxies and the browser from ending a quiet stream. */
const KEEPALIVE_MS = 15_000;

/** Server-sent events (HTML Living Standard §9.2) for one client. Events that it has no room for are dropped. */
export class EventStream {
  #transport: Transport | undefined;
  #timer: TimerHandle | undefined;

  constructor(
    private readonly timers: Timers,
    private readonly text: TextCodec,
  ) {}

  /** Sends an event, if there is a client. */
  post(name: string, data: object): void {
    if (this.#transport) this.#write(`event: ${name}\ndata: ${JSON.stringify(data)}\n\n`);
  }

  readonly open = (exchange: Exchange): void => {
    const transport = exchange.stream({});
    this.#transport = transport;
    const waste = new Uint8Array(64);
    transport.events = {
      onReadable: () => {
        while (transport.read(waste) > 0);
      },
      onWritable: () => undefined,
      onEnd: () => this.#close(transport),
      onClosed: () => this.#close(transport),
    };
    this.#timer = this.timers.repeat(() => this.#write(":\n\n"), KEEPALIVE_MS);
  };

  #write(text: string): void {
    const transport = this.#transport;
    if (!transport) return;
    const bytes = this.text.encode(text);
    if (transport.writable >= bytes.length) transport.write(bytes);
  }

  #close(transport: Transport): void {
    transport.close();
    if (this.#transport !== transport) return;
    this.#transport = undefined;
    this.timers.clear(this.#timer);
    this.#timer = undefined;
  }
}
