// SPDX-License-Identifier: Apache-2.0
import type { Handlers } from "modules/web/exchange";
import { WebServer } from "modules/web/server";
import { recordingLog } from "../fakes/log";
import { VirtualTimers } from "../fakes/virtual-timers";
import { nodeText } from "../protocol/fakes";
import { type Connection, FakeNet } from "../server/fake-tcp";
import { answersOf, type WebAnswer } from "./answers";
import { PlainHead } from "./plain-head";

export { answersOf, request, type WebAnswer } from "./answers";

/** The server over fake sockets in virtual time; a handler that a test does not give answers with its own name. */
export class WebRig {
  readonly timers = new VirtualTimers();
  readonly net = new FakeNet(this.timers, 5_744);
  readonly logged = recordingLog();
  readonly faults = { raise: jest.fn(), clear: jest.fn() };
  readonly server: WebServer;

  constructor(handlers: Partial<Handlers> = {}, names: readonly string[] = ["tcam-mini-efb5", "tcam-mini-efb5.local"]) {
    const all = new Proxy(handlers, {
      get: (given, name: keyof Handlers) =>
        given[name] ?? ((exchange: Parameters<Handlers["page"]>[0]) => exchange.respond(200, { body: `${name}` })),
    }) as Handlers;
    this.server = new WebServer({
      ...{ Listener: this.net.Listener, TCP: this.net.TCP, timers: this.timers, text: nodeText, log: this.logged.log },
      ...{ faults: this.faults, handlers: all, names: () => names, createHead: () => new PlainHead() },
    });
    this.server.start();
  }

  async connect(): Promise<Connection> {
    const connection = this.net.connect();
    await this.settle();
    return connection;
  }

  /** Lets everything that is ready happen. */
  settle(): Promise<void> {
    return this.timers.advance(0);
  }

  /** Sends on a connection of its own and returns the answers. */
  async ask(bytes: string | Uint8Array): Promise<WebAnswer[]> {
    const connection = await this.connect();
    connection.write(bytes);
    await this.settle();
    const heads = typeof bytes === "string" && bytes.startsWith("HEAD") ? [0] : [];
    return answersOf(connection.received, heads);
  }

  /** The answer to one request. */
  async one(bytes: string | Uint8Array): Promise<WebAnswer> {
    const answers = await this.ask(bytes);
    expect(answers).toHaveLength(1);
    return answers[0] as WebAnswer;
  }
}
