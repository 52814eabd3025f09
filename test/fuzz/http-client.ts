// SPDX-License-Identifier: Apache-2.0
import type { ByteSource } from "drivers/bytes/byte-source";
import type { SocketCallbacks } from "modules/server/transport";
import { ROUTES, type RouteSpec } from "modules/web/routes";
import { AnswerReader } from "./http-answers";
import type { Expected, Request } from "./http-requests";
import type { Random } from "./random";
import { Incoming, Outgoing } from "./tcp-side";

/** Bytes that the camera may write before the client takes some. */
const ROOM = 5_744;
const OUTGOING = { part: 8_000, vanishing: 30 } as const;

function isLongLived(request: Expected | undefined): boolean {
  return request !== undefined && (ROUTES[request.name] as RouteSpec).place !== undefined;
}

/**
 * A client's connection with the camera's TCP class on the other side, as typings/embedded_io/socket/tcp.d.ts describes
 * it. Callbacks come from `turn` only, never from within a call.
 */
export class HttpClient {
  readonly reader: AnswerReader;
  /** The camera has closed its side. */
  closed = false;
  /** The connection may have ended within an answer. */
  #cut = false;
  readonly #expected: Expected[] = [];
  #callbacks: SocketCallbacks | undefined;
  readonly #incoming = new Incoming();
  /** Bytes of `#incoming` that have arrived. */
  #arrived = 0;
  readonly #outgoing: Outgoing;
  #shut = false;
  #reset = false;
  #endReported = false;
  /** Invalid bytes were sent. */
  #wild = false;

  constructor(private readonly random: Random) {
    this.reader = new AnswerReader(this.#expected);
    this.#outgoing = new Outgoing(random, OUTGOING);
    this.#outgoing.makeRoom(ROOM, undefined);
  }

  // The client's side

  send({ bytes, expected }: Request): void {
    this.sendBytes(bytes);
    if (!expected) this.#wild = true;
    else if (!this.#wild) this.#expected.push(expected);
  }

  sendBytes(bytes: Uint8Array): void {
    this.reader.sent(bytes);
    this.#incoming.push(bytes);
  }

  /** The camera may close the connection in any state: a limit of time or of connections is reached. */
  mayBeCut(): void {
    this.reader.lenient = true;
    this.#cut = true;
  }

  /** The client sends no more. */
  shut(): void {
    this.#shut = true;
  }

  reset(): void {
    this.#reset = true;
    this.#cut = true;
  }

  /** Everything was delivered, or the camera takes no more. */
  get delivered(): boolean {
    return this.closed || this.#reset || this.unread === 0;
  }

  get unread(): number {
    return this.#incoming.length;
  }

  /** All valid requests have their answers. */
  get answered(): boolean {
    return this.closed || this.reader.mode !== "answers" || this.reader.answers >= this.#expected.length;
  }

  /** The connection is closed. @throws Error when a valid request has no answer, or the camera ended it without reason */
  check(): void {
    this.reader.end(this.#cut);
    const { answers, status, refused, mode } = this.reader;
    const missing = this.#expected[answers];
    // A connection without memory for the head of a long-lived answer is closed.
    if (this.#cut || refused || (this.#outgoing.starved && isLongLived(missing))) return;
    // An error before the end of a body ends the connection: the rest of the body is not read.
    if (mode === "over" && status >= 400) return;
    if (missing) throw new Error(`${answers} answers, the last ${status}; none to ${missing.name}`);
    if (mode === "answers" && !this.#shut) throw new Error(`closed after ${answers} answers, the last ${status}`);
  }

  /** Delivers some bytes in both directions. @param slow takes little */
  turn(slow: boolean): void {
    if (this.closed) return this.#take();
    if (this.#reset) return this.#callbacks?.onError();
    const unread = this.unread;
    if (this.#arrived < unread) {
      const piece = this.random.once(3) ? 1 + this.random.below(30) : 1 + this.random.below(4_000);
      this.#arrived = Math.min(unread, this.#arrived + piece);
    }
    if (this.#arrived > 0) this.#callbacks?.onReadable(this.#arrived);
    if (this.closed) return this.#take();
    if (this.#shut && unread === 0 && !this.#endReported) {
      this.#endReported = true;
      this.#callbacks?.onEnd();
    }
    if (!this.closed && !slow) this.#outgoing.makeRoom(1 + this.random.below(ROOM), this.#callbacks);
    this.#take();
  }

  #take(): void {
    for (const bytes of this.#outgoing.take()) this.reader.push(bytes);
  }

  // The camera's side

  adopt(callbacks: SocketCallbacks): void {
    this.#callbacks = callbacks;
    this.#endReported = false;
  }

  cameraRead(target: Uint8Array): number {
    if (this.closed) throw new Error("closed");
    if (target.length === 0 || target.length > this.#arrived) throw new Error("invalid");
    this.#incoming.read(target);
    this.#arrived -= target.length;
    return target.length;
  }

  cameraWrite(bytes: Uint8Array): number | undefined {
    if (this.closed) throw new Error("closed");
    return this.#reset ? undefined : this.#outgoing.write(bytes);
  }

  cameraPump(source: ByteSource, length: number): boolean | undefined {
    if (this.closed) throw new Error("closed");
    return this.#reset ? undefined : this.#outgoing.pump(source, length);
  }

  get cameraPumped(): number {
    return this.#outgoing.pumped;
  }

  cameraClose(): void {
    this.closed = true;
    this.#callbacks = undefined;
    // A source that is cut, and bytes that are not read: the connection is reset.
    if (this.#outgoing.busy) this.#cut = true;
    this.#outgoing.cut();
  }
}
