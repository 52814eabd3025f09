// SPDX-License-Identifier: Apache-2.0
import type { TimerHandle, Timers } from "drivers/timers/timers";
import type { TextCodec } from "modules/protocol/protocol";
import type { Transport } from "modules/server/transport";
import type { Exchange } from "./exchange";

/** ms between comments that keep proxies and the browser from ending a quiet stream. */
const KEEPALIVE_MS = 15_000;

/**
 * Server-sent events (HTML Living Standard §9.2) for one client. Each event is a state: a client gets the present one of
 * every name when it comes, and of those that it had no room for the newest.
 */
export class EventStream {
  private readonly states: Map<string, object>;
  /** Names of the states that the client has not got. */
  private readonly due = new Set<string>();
  private transport: Transport | undefined;
  private timer: TimerHandle | undefined;

  /** @param initial data of each event */
  constructor(
    private readonly timers: Timers,
    private readonly text: TextCodec,
    initial: Readonly<Record<string, object>>,
  ) {
    this.states = new Map(Object.entries(initial));
  }

  /** Data of the last event of a name. */
  present(name: string): object | undefined {
    return this.states.get(name);
  }

  /** Sends an event, if there is a client. */
  post(name: string, data: object): void {
    this.states.set(name, data);
    if (!this.transport) return;
    this.due.add(name);
    this.flush();
  }

  readonly open = (exchange: Exchange): void => {
    const transport = exchange.stream({});
    this.transport = transport;
    for (const name of this.states.keys()) this.due.add(name);
    const waste = new Uint8Array(64);
    transport.events = {
      onReadable: () => {
        while (transport.read(waste) > 0);
      },
      onWritable: () => this.flush(),
      onEnd: () => this.close(transport),
      onClosed: () => this.close(transport),
    };
    this.timer = this.timers.repeat(() => void this.write(":\n\n"), KEEPALIVE_MS);
    this.flush();
  };

  private flush(): void {
    for (const name of this.due) {
      const data = JSON.stringify(this.states.get(name));
      if (!this.write(`event: ${name}\ndata: ${data}\n\n`)) return;
      this.due.delete(name);
    }
  }

  /** @returns false without room */
  private write(text: string): boolean {
    const transport = this.transport;
    const bytes = this.text.encode(text);
    if (!transport || transport.writable < bytes.length) return false;
    transport.write(bytes);
    return true;
  }

  private close(transport: Transport): void {
    transport.close();
    if (this.transport !== transport) return;
    this.transport = undefined;
    this.due.clear();
    this.timers.clear(this.timer);
    this.timer = undefined;
  }
}
