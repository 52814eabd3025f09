// SPDX-License-Identifier: Apache-2.0
import type { TimerHandle, Timers } from "drivers/timers/timers";
import { messageOf, type Log } from "modules/log/log";
import type { TextCodec } from "modules/protocol/protocol";
import type { SocketTransport, Transport, TransportEvents } from "modules/server/transport";
import { CONTINUE, errorAnswer, HEAD_BYTES, headText } from "./answer-head";
import type { AnswerPlaces } from "./answer-places";
import { AnswerWriter } from "./answer-writer";
import { type Answer, ExchangeClosed, type Fields, RETRY_AFTER, WebError } from "./exchange";
import { type FieldName, type HttpHead, tokensOf } from "./http-head";
import { ANSWER_MS, BODY_MS, CROWDED_IDLE_MS, HEAD_MS, IDLE_MS, LINGER_MS, PIECE_BYTES, REQUESTS } from "./limits";
import { RequestExchange } from "./request-exchange";
import type { Admitted, Router } from "./router";

/** Buffers of a connection. Allocated once and reused by later connections. */
export class ConnectionMemory {
  readonly piece = new Uint8Array(PIECE_BYTES);

  constructor(readonly head: HttpHead) {}
}

/** What all connections share. */
export interface ConnectionEnvironment {
  readonly router: Router;
  readonly places: AnswerPlaces;
  readonly timers: Timers;
  readonly text: TextCodec;
  readonly log: Log;
  /** The camera's host names, in lower case. */
  names(): readonly string[];
  /** Fewer than FREE_PLACES connections are free. */
  crowded(): boolean;
  /** Runs the handler of the exchange's route. */
  handle(exchange: RequestExchange): void | Promise<void>;
}

export interface ConnectionOptions extends ConnectionEnvironment {
  readonly transport: SocketTransport;
  readonly memory: ConnectionMemory;
  /**
   * Opens the connection again as the transport of a long-lived answer.
   * @param received bytes that are read first
   * @param onClosed the transport was closed
   */
  handOver(received: Uint8Array, onClosed: () => void): Transport;
  /** The connection is gone or handed over: its memory is free. Called once. */
  onLeft(): void;
}

/** A handler that waits for bytes of the body. */
interface Reader {
  readonly target: Uint8Array;
  resolve(count: number): void;
  reject(error: Error): void;
}

/**
 * idle: before the first byte of a request; head: in its head; ready: the head is complete, its run waits for room;
 * busy: from the run to the last byte of the answer; lingering: the answer was the last one; over.
 */
type State = "idle" | "head" | "ready" | "busy" | "lingering" | "over";

/**
 * One HTTP/1.1 connection (RFC 9112): requests are read, run and answered one after the other. A request that follows
 * early stays in the socket.
 */
export class Connection implements TransportEvents {
  private readonly options: ConnectionOptions;
  private readonly writer: AnswerWriter;
  private state: State = "idle";
  private timer: TimerHandle | undefined;
  /** Received and not used: `piece` from here to here. */
  private from = 0;
  private to = 0;
  private requests = 0;
  private becameIdle: number;
  private exchange: RequestExchange | undefined;
  /** Of the answer that is being written. */
  private onSent: (() => void) | undefined;
  private reader: Reader | undefined;
  /** Bytes of the body that were not read. */
  private remaining = 0;
  private continueDue = false;
  private keepAlive = false;
  private advancing = false;

  constructor(options: ConnectionOptions) {
    this.options = options;
    this.writer = new AnswerWriter(options.transport);
    this.becameIdle = options.timers.now();
    options.transport.events = this;
    this.beIdle();
  }

  /** Time since when no request was under way; undefined while one is. */
  get idleSince(): number | undefined {
    return this.state === "idle" ? this.becameIdle : undefined;
  }

  get closed(): boolean {
    return this.state === "over";
  }

  /** There are few places: an idle connection ends soon. */
  hurry(): void {
    if (this.state === "idle") this.wait(CROWDED_IDLE_MS, () => this.close());
  }

  /** Idempotent. */
  close(): void {
    if (this.state === "over") return;
    this.options.transport.close();
    this.leave(new ExchangeClosed("the connection was closed"));
  }

  // Events of the transport

  onReadable(): void {
    if (this.state === "lingering") this.discard();
    else if (this.reader) this.feedReader(this.reader);
    else this.advance();
  }

  onWritable(): void {
    this.writer.flush();
    if (this.reader) this.continue();
    this.advance();
  }

  /** Requests that came before are answered. */
  onEnd(): void {
    const waits = this.state === "ready" || (this.state === "busy" && !this.reader);
    if (!waits) this.close();
  }

  onClosed(): void {
    this.close();
  }

  // The side of the exchange

  /** A header field of the request that is being run. */
  field(name: FieldName): string | undefined {
    return this.options.memory.head.field(name);
  }

  async read(target: Uint8Array): Promise<number> {
    if (this.closed) throw new ExchangeClosed("the connection is gone");
    if (this.remaining === 0 || target.length === 0) return 0;
    const count = this.take(target);
    if (count > 0) return count;
    if (this.options.transport.ended) {
      this.close();
      throw new ExchangeClosed("the body ended early");
    }
    this.continue();
    return new Promise((resolve, reject) => {
      this.reader = { target, resolve, reject };
      this.wait(BODY_MS, () => this.exchange?.expire());
    });
  }

  /** Sends `100 Continue` as soon as there is room. HTTP/1.0 has no such answer. */
  sendContinue(): void {
    this.continueDue = this.options.memory.head.minor === 1;
    this.continue();
  }

  /** @param head no body is sent */
  respond(status: number, { type, fields, body, onSent }: Answer, head: boolean): void {
    const bytes = typeof body === "string" ? this.options.text.encode(body) : body;
    // An answer without a body must not announce one (RFC 9110 §8.6).
    const empty = status === 204 || status === 304;
    this.endReader(new ExchangeClosed("the request was answered"));
    this.stop();
    if (this.remaining > 0) this.keepAlive = false;
    const text = headText(status, {
      ...(!empty && { "Content-Length": `${bytes?.length ?? 0}` }),
      ...(type !== undefined && bytes !== undefined && { "Content-Type": type }),
      ...fields,
      Connection: this.keepAlive ? "keep-alive" : "close",
    });
    this.wait(ANSWER_MS, () => this.close());
    this.onSent = onSent;
    this.writer.start(this.options.text.encode(text), head || empty ? undefined : bytes, (complete) =>
      this.finish(complete),
    );
  }

  /** Answers without having read a request, or in place of its handler. */
  refuse({ status, message, fields }: WebError, head = false): void {
    this.state = "busy";
    this.respond(status, errorAnswer(message, fields), head);
  }

  /** Writes the head of a long-lived answer and hands over the connection. @throws ExchangeClosed, when it is closed */
  handOver(status: number, fields: Fields, onClosed: () => void): Transport {
    const { transport, memory, text } = this.options;
    const bytes = text.encode(headText(status, fields));
    if (bytes.length > HEAD_BYTES) throw new RangeError(`a head of ${bytes.length} bytes is too long`);
    // Room that was reported may have vanished since: memory limits it, too.
    if (transport.writable < bytes.length || !transport.write(bytes)) {
      this.close();
      throw new ExchangeClosed("there was no memory for the head of the answer");
    }
    const received = memory.piece.slice(this.from, this.to);
    transport.events = undefined;
    try {
      const handed = this.options.handOver(received, onClosed);
      this.leave(undefined);
      return handed;
    } catch (error) {
      this.options.log.warn(`a connection could not be handed over: ${messageOf(error)}; closed`);
      this.close();
      throw new ExchangeClosed("the connection could not be handed over");
    }
  }

  /** Reads and runs requests as far as possible. */
  private advance(): void {
    if (this.advancing) return;
    this.advancing = true;
    while (this.step());
    this.advancing = false;
  }

  /** @returns whether there may be more to do */
  private step(): boolean {
    switch (this.state) {
      case "idle":
      case "head":
        return this.readHead();
      case "ready":
        // `writable` is 0 until the transport first reports it.
        if (this.options.transport.writable < HEAD_BYTES) return false;
        this.run();
        return true;
      case "busy":
      case "lingering":
      case "over":
        return false;
    }
  }

  private readHead(): boolean {
    const { transport, memory } = this.options;
    const { head, piece } = memory;
    if (this.from === this.to) {
      this.from = 0;
      this.to = transport.read(piece);
      if (this.to === 0) {
        if (transport.ended) this.close();
        return false;
      }
    }
    if (this.state === "idle") {
      this.state = "head";
      head.reset();
      this.wait(HEAD_MS, () => {
        this.keepAlive = false;
        this.refuse(new WebError(408, "the head of the request did not end in time"));
      });
    }
    this.from = head.feed(piece, this.from, this.to);
    if (head.status === 0) return true;
    this.stop();
    this.state = "ready";
    return true;
  }

  private run(): void {
    const { memory, router, names } = this.options;
    const { head } = memory;
    this.state = "busy";
    this.requests += 1;
    this.keepAlive = false;
    this.remaining = 0;
    if (head.status !== 200) return this.refuse(new WebError(head.status, "the request is not valid HTTP/1.1"));
    this.keepAlive = this.requests < REQUESTS && keepsAlive(head);
    // Of a body that nothing accepts, too: it is not read as the next request.
    this.remaining = head.length ?? 0;
    try {
      const admitted = router.admit(head, names());
      if ("allow" in admitted) this.respond(204, { fields: { Allow: admitted.allow } }, false);
      else this.begin(admitted);
    } catch (error) {
      if (!(error instanceof WebError)) throw error;
      this.refuse(error, head.method === "HEAD");
    }
  }

  private begin(admitted: Admitted): void {
    const { places, memory } = this.options;
    const { place } = admitted.route;
    const counted = place !== undefined && place !== "websocket";
    const free = counted ? places.take(place) : undefined;
    if (counted && !free) throw new WebError(503, "too many answers of this kind", RETRY_AFTER);
    this.continueDue = memory.head.minor === 1 && memory.head.field("expect") !== undefined;
    this.handle(new RequestExchange(this, admitted, free));
  }

  private handle(exchange: RequestExchange): void {
    this.exchange = exchange;
    try {
      const running = this.options.handle(exchange);
      if (running) running.catch((error: unknown) => this.fail(exchange, error));
    } catch (error) {
      this.fail(exchange, error);
    }
  }

  /** The handler failed. */
  private fail(exchange: RequestExchange, error: unknown): void {
    if (error instanceof ExchangeClosed) return;
    const known = error instanceof WebError ? error : new WebError(500, "internal error");
    if (known !== error) this.options.log.error(`${exchange.request.path}: ${messageOf(error)}`);
    if (!exchange.answered && !exchange.closed) exchange.fail(known.status, known.message, known.fields);
  }

  /** The answer was written, or its source ended early. */
  private finish(complete: boolean): void {
    this.exchange = undefined;
    this.stop();
    this.release();
    if (!complete) this.close();
    else if (this.keepAlive) {
      this.beIdle();
      this.advance();
    } else this.linger();
  }

  /** A connection that is closed with unread bytes is reset, and the answer may be lost. */
  private linger(): void {
    const { transport } = this.options;
    // The request of a client that was refused unread may still come.
    const unread = this.requests === 0 || this.remaining > 0 || this.from < this.to;
    const more = this.discard();
    if (transport.ended || !(unread || more)) return this.close();
    this.state = "lingering";
    this.wait(LINGER_MS, () => this.close());
  }

  private release(): void {
    const onSent = this.onSent;
    this.onSent = undefined;
    onSent?.();
  }

  private beIdle(): void {
    this.state = "idle";
    this.becameIdle = this.options.timers.now();
    this.wait(this.options.crowded() ? CROWDED_IDLE_MS : IDLE_MS, () => this.close());
  }

  /** @returns whether there was anything */
  private discard(): boolean {
    const { transport, memory } = this.options;
    let found = false;
    while (transport.read(memory.piece) > 0) found = true;
    return found;
  }

  /** Asks for the body, as soon as there is room. */
  private continue(): void {
    const { transport, text } = this.options;
    if (this.continueDue && transport.writable >= CONTINUE.length && transport.write(text.encode(CONTINUE)))
      this.continueDue = false;
  }

  /** Bytes of the body that have come. */
  private take(target: Uint8Array): number {
    const { transport, memory } = this.options;
    const wanted = Math.min(target.length, this.remaining);
    let count = Math.min(wanted, this.to - this.from);
    if (count > 0) {
      target.set(memory.piece.subarray(this.from, this.from + count));
      this.from += count;
    } else count = transport.read(wanted === target.length ? target : target.subarray(0, wanted));
    this.remaining -= count;
    return count;
  }

  private feedReader(reader: Reader): void {
    const count = this.take(reader.target);
    if (count === 0) return;
    this.reader = undefined;
    this.continueDue = false;
    this.stop();
    reader.resolve(count);
  }

  private endReader(error: Error): void {
    const reader = this.reader;
    this.reader = undefined;
    reader?.reject(error);
  }

  private wait(delay: number, callback: () => void): void {
    this.stop();
    this.timer = this.options.timers.set(callback, delay);
  }

  private stop(): void {
    this.options.timers.clear(this.timer);
    this.timer = undefined;
  }

  private leave(error: ExchangeClosed | undefined): void {
    const exchange = this.exchange;
    this.state = "over";
    this.exchange = undefined;
    this.stop();
    this.writer.clear();
    this.release();
    if (error) this.endReader(error);
    this.options.onLeft();
    if (error) exchange?.lose();
  }
}

/** HTTP/1.1 keeps the connection unless asked not to, HTTP/1.0 only if asked. */
const keepsAlive = (head: HttpHead): boolean => {
  const options = tokensOf(head.field("connection"));
  return head.minor === 1 ? !options.includes("close") : options.includes("keep-alive");
};
