// SPDX-License-Identifier: Apache-2.0
import type { Transport } from "modules/server/transport";
import { errorAnswer } from "./answer-head";
import type { Connection } from "./connection";
import { type Answer, type Exchange, ExchangeClosed, type Fields, fill, type WebRequest } from "./exchange";
import type { FieldName } from "./http-head";
import type { RouteName } from "./routes";
import type { Admitted } from "./router";

/** The exchange of one request on a connection. */
export class RequestExchange implements Exchange<Admitted["query"]> {
  readonly request: WebRequest;
  readonly name: RouteName;
  readonly query: Admitted["query"];
  onClosed: (() => void) | undefined;
  answered = false;
  closed = false;
  private readonly connection: Connection;
  private readonly type: string;
  /** Frees the place of a long-lived answer. */
  private readonly free: (() => void) | undefined;

  constructor(connection: Connection, { name, route, method, path, length, query }: Admitted, free?: () => void) {
    const field = (wanted: FieldName): string | undefined => connection.field(wanted);
    this.request = { method, path, length, field };
    this.name = name;
    this.query = query;
    this.connection = connection;
    this.type = route.answer;
    this.free = free;
  }

  async body(): Promise<Uint8Array> {
    const bytes = new Uint8Array(this.request.length);
    await fill(this, bytes);
    return bytes;
  }

  async read(target: Uint8Array): Promise<number> {
    if (this.answered || this.closed) throw new ExchangeClosed("the exchange is over");
    return this.connection.read(target);
  }

  probe(): void {
    if (!this.answered && !this.closed) this.connection.sendContinue();
  }

  respond(status: number, answer: Answer = {}): void {
    if (!this.begin()) return answer.onSent?.();
    this.free?.();
    this.connection.respond(status, { type: this.type, ...answer }, this.request.method === "HEAD");
  }

  fail(status: number, reason: string, fields?: Fields): void {
    this.respond(status, errorAnswer(reason, fields));
  }

  stream(fields: Fields): Transport {
    return this.handOver(200, { "Content-Type": this.type, ...fields, Connection: "close" });
  }

  upgrade(fields: Fields): Transport {
    return this.handOver(101, { ...fields, Connection: "Upgrade" });
  }

  /** The body did not come in time. */
  expire(): void {
    if (!this.answered) this.fail(408, "the body did not come in time");
  }

  /** The connection is gone. */
  lose(): void {
    this.closed = true;
    this.free?.();
    if (!this.answered) this.onClosed?.();
  }

  private handOver(status: number, fields: Fields): Transport {
    if (!this.begin()) throw new ExchangeClosed("the connection is gone");
    return this.connection.handOver(status, fields, () => this.free?.());
  }

  /** @returns false if the connection is gone */
  private begin(): boolean {
    if (this.answered) throw new Error("the request was answered before");
    this.answered = true;
    return !this.closed;
  }
}
