// SPDX-License-Identifier: Apache-2.0
import type { ByteSource } from "drivers/bytes/byte-source";
import type { Transport } from "modules/server/transport";
import type { FieldName } from "./http-head";
import type { Query, RouteMethod, RouteName } from "./routes";

/** Names and values of header fields. Values are ASCII without line ends. */
export type Fields = Readonly<Record<string, string>>;

/** Fields of a 503: the client may repeat the request after a second. */
export const RETRY_AFTER: Fields = Object.freeze({ "Retry-After": "1" });

export interface WebRequest {
  readonly method: RouteMethod | "HEAD";
  /** Without the query. */
  readonly path: string;
  /** Bytes of the body. */
  readonly length: number;
  /** A header field that the server keeps. */
  field(name: FieldName): string | undefined;
}

/** A body that is sent by TCP.pump(): JavaScript does not see its bytes. */
export interface NativeBody {
  /** Has a native source (native-source.h). Must not be read or changed until onSent. */
  readonly source: ByteSource;
  /** Bytes. */
  readonly length: number;
}

export interface Answer {
  /** Media type of the body; default: that of the route. */
  readonly type?: string;
  /** Further fields. The server adds length, connection, security fields, and `Cache-Control: no-store` if not given. */
  readonly fields?: Fields;
  /** Text is sent in UTF-8. The answer to HEAD has the length and no body. */
  readonly body?: string | Uint8Array | NativeBody;
  /** The body is not needed any more: it was sent, or the connection is gone. Called once. */
  onSent?(): void;
}

/** One request and its answer. A handler answers exactly once: `respond`, `fail`, `stream` or `upgrade`. */
export interface Exchange<Q = Readonly<Record<string, never>>> {
  readonly request: WebRequest;
  /** Values of the query, checked against the route table. */
  readonly query: Q;
  /** The connection is gone: nothing can be answered. Set by a handler that waits; called before an answer only. */
  onClosed: (() => void) | undefined;
  readonly closed: boolean;
  /** The whole body. Rejects with ExchangeClosed. */
  body(): Promise<Uint8Array>;
  /** The next bytes of the body; 0 at its end. Unread bytes hold the sender back. Rejects with ExchangeClosed. */
  read(target: Uint8Array): Promise<number>;
  /**
   * Sends `100 Continue`. A client that has gone answers with a reset, although its end waits behind unread bytes of the
   * body.
   */
  probe(): void;
  /** Complete answer. Unread bytes of the body close the connection after it. */
  respond(status: number, answer?: Answer): void;
  /** Answers `{"error": reason}`. */
  fail(status: number, reason: string, fields?: Fields): void;
  /**
   * Answers 200 without a length and hands over the connection, whose end is that of the answer. Throws ExchangeClosed
   * when the connection is lost by that.
   */
  stream(fields: Fields): Transport;
  /** Answers 101 and hands over the connection, as `stream`. Bytes that came behind the request are read first. */
  upgrade(fields: Fields): Transport;
}

/** The connection was lost, or the client stopped sending, while a handler waited for the body. Not an error to log. */
export class ExchangeClosed extends Error {}

/** An error that a handler throws to answer with a status other than 500. */
export class WebError extends Error {
  constructor(
    readonly status: number,
    reason: string,
    readonly fields?: Fields,
  ) {
    super(reason);
  }
}

export type Handler<Q> = (exchange: Exchange<Q>) => void | Promise<void>;
/** One handler for each route. */
export type Handlers = { readonly [N in RouteName]: Handler<Query<N>> };

/** Fills `target` with the next bytes of a body that has as many. Rejects with ExchangeClosed. */
export async function fill(exchange: Pick<Exchange, "read">, target: Uint8Array): Promise<void> {
  for (let at = 0; at < target.length;) at += await exchange.read(target.subarray(at));
}
