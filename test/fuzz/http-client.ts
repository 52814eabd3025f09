// SPDX-License-Identifier: Apache-2.0
import type { ByteSource } from "drivers/bytes/byte-source";
import type { SocketCallbacks } from "modules/server/transport";
import { ROUTES, type RouteSpec } from "modules/web/routes";
import { AnswerReader } from "./http-answers";
import type { Expected, Request } from "./http-requests";
import type { Random } from "./random";

/** Bytes that the camera may write before the client takes some. */
const ROOM = 5_744;

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
  #incoming: Uint8Array[] = [];
  /** Bytes of `#incoming` that have arrived. */
  #arrived = 0;
  #outgoing: Uint8Array[] = [];
  #room = ROOM;
  #source: ByteSource | undefined;
  #length = 0;
  #left = 0;
  /** Nothing was written since the last source: no onWritable. */
  #quiet = false;
  /** A write was refused. */
  #starved = false;
  #shut = false;
  #reset = false;
  #endReported = false;
  /** Invalid bytes were sent. */
  #wild = false;

  constructor(private readonly random: Random) {
    this.reader = new AnswerReader(this.#expected);
  }

  // The client's side

  send({ bytes, expected }: Request): void {
    this.sendBytes(bytes);
    if (!expected) this.#wild = true;
    else if (!this.#wild) this.#expected.push(expected);
  }

  sendBytes(bytes: Uint8Array): void {
    this.reader.sent(bytes);
    if (bytes.length > 0) this.#incoming.push(bytes);
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
    return this.#incoming.reduce((sum, { length }) => sum + length, 0);
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
    if (this.#cut || refused || (this.#starved && isLongLived(missing))) return;
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
    if (!this.closed && !slow) this.#makeRoom(1 + this.random.below(ROOM));
    this.#take();
  }

  #take(): void {
    const sent = this.#outgoing;
    if (sent.length > 0) this.#outgoing = [];
    for (const bytes of sent) this.reader.push(bytes);
  }

  #makeRoom(bytes: number): void {
    this.#room = bytes;
    if (this.#source) {
      if (this.#pumpOn()) this.#callbacks?.onPumped(this.#length);
    } else if (!this.#quiet) this.#callbacks?.onWritable(bytes);
  }

  // The camera's side

  adopt(callbacks: SocketCallbacks): void {
    this.#callbacks = callbacks;
    this.#endReported = false;
  }

  cameraRead(target: Uint8Array): number {
    if (this.closed) throw new Error("closed");
    if (target.length === 0 || target.length > this.#arrived) throw new Error("invalid");
    for (let at = 0; at < target.length;) {
      const first = this.#incoming[0] as Uint8Array;
      const part = first.subarray(0, target.length - at);
      target.set(part, at);
      at += part.length;
      if (part.length === first.length) this.#incoming.shift();
      else this.#incoming[0] = first.subarray(part.length);
    }
    this.#arrived -= target.length;
    return target.length;
  }

  cameraWrite(bytes: Uint8Array): number | undefined {
    if (this.closed) throw new Error("closed");
    if (this.#source) throw new Error("a source is being written");
    if (this.#reset) return undefined;
    this.#quiet = false;
    // As if the room that was reported had vanished.
    if (this.random.once(30)) this.#room = 0;
    if (bytes.length > this.#room) {
      this.#starved = true;
      throw new Error("would block");
    }
    this.#outgoing.push(bytes.slice());
    return (this.#room -= bytes.length);
  }

  /** Writes a source as there is room, in parts of any size. */
  cameraPump(source: ByteSource, length: number): boolean | undefined {
    if (this.closed) throw new Error("closed");
    if (this.#source) throw new Error("a source is being written");
    if (this.#reset) return undefined;
    this.#source = source;
    this.#left = this.#length = length;
    this.#quiet = true;
    return this.#pumpOn();
  }

  get cameraPumped(): number {
    return this.#length - this.#left;
  }

  cameraClose(): void {
    this.closed = true;
    this.#callbacks = undefined;
    // A source that is cut, and bytes that are not read: the connection is reset.
    if (this.#source) this.#cut = true;
    this.#source = undefined;
  }

  /** @returns whether all of the source is written */
  #pumpOn(): boolean {
    const part = new Uint8Array(Math.min(this.#left, this.#room, 1 + this.random.below(8_000)));
    if (part.length > 0 && this.#source?.read(part) !== part.length) throw new Error("the source ended early");
    if (part.length > 0) this.#outgoing.push(part);
    this.#room -= part.length;
    this.#left -= part.length;
    if (this.#left > 0) return false;
    this.#source = undefined;
    return true;
  }
}
