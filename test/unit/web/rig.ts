// SPDX-License-Identifier: Apache-2.0
import type { Handlers } from "modules/web/exchange";
import { PORT, WebServer } from "modules/web/server";
import { recordingLog } from "../fakes/log";
import { VirtualTimers } from "../fakes/virtual-timers";
import { nodeText } from "../protocol/fakes";
import { type Connection, FakeNet } from "../server/fake-tcp";
import { PlainHead } from "./plain-head";

export { PORT };

export interface WebAnswer {
  readonly status: number;
  readonly fields: ReadonlyMap<string, string>;
  readonly body: string;
}

/** The complete answers in `bytes`. @param heads answers to HEAD, by position: they have no body */
export function answersOf(bytes: Buffer, heads: readonly number[] = []): WebAnswer[] {
  const answers: WebAnswer[] = [];
  for (let at = 0; at < bytes.length;) {
    const end = bytes.indexOf("\r\n\r\n", at);
    if (end < 0) throw new Error(`no complete head: ${bytes.subarray(at).toString()}`);
    const [line = "", ...lines] = bytes.subarray(at, end).toString().split("\r\n");
    const status = Number(/^HTTP\/1\.1 (\d{3}) \S/.exec(line)?.[1]);
    const fields = new Map(
      lines.map((text) => [text.slice(0, text.indexOf(":")).toLowerCase(), text.replace(/^.*?: /, "")]),
    );
    const length = heads.includes(answers.length) ? 0 : Number(fields.get("content-length") ?? 0);
    at = end + 4;
    if (at + length > bytes.length) throw new Error(`${bytes.length - at} of ${length} bytes of a body`);
    if (status !== 100) answers.push({ status, fields, body: bytes.subarray(at, at + length).toString() });
    at += length;
  }
  return answers;
}

/** Bytes of a request; HTTP/1.1 and Host unless the lines say otherwise. */
export function request(line: string, fields: Readonly<Record<string, string>> = {}, body = ""): string {
  const all = { Host: "192.168.4.1", ...(body && { "Content-Length": `${Buffer.byteLength(body)}` }), ...fields };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${line.includes(" HTTP/") ? line : `${line} HTTP/1.1`}\r\n${lines.join("")}\r\n${body}`;
}

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
