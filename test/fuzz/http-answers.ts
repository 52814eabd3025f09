// SPDX-License-Identifier: Apache-2.0
import { Opcode } from "modules/web/websocket-protocol";
import type { Expected } from "./http-requests";
import { joined, readFrames } from "./websocket-side";

const CR = 13;
const LF = 10;
const STATUSES = [
  ...[100, 101, 200, 204, 304, 400, 403, 404, 405, 408, 409, 411, 413, 414, 415, 417, 426, 431, 500, 501, 503, 505],
];
/** Fields of every answer, in lower case. */
const SECURITY = ["x-content-type-options", "content-security-policy", "referrer-policy", "cache-control"];
const BOUNDARY = "--frame";

interface Head {
  readonly status: number;
  readonly fields: ReadonlyMap<string, string>;
}

/** What follows: heads and bodies in turn, or what a long-lived answer consists of. */
type Mode = "answers" | "websocket" | "parts" | "events" | "over";

/** Reads all that the camera sends on one connection, and checks it. */
export class AnswerReader {
  /** Complete answers, and those that are long-lived. */
  answers = 0;
  /** Status of the last of them. */
  status = 0;
  /** The first answer to a valid request was that there are too many connections. */
  refused = false;
  mode: Mode = "answers";
  /** Valid requests may have any answer, or none. */
  lenient = false;
  /** Opcode of a Close of the camera. */
  closing = false;
  #bytes: Uint8Array = new Uint8Array(0);
  /** A HEAD may have been sent. */
  #mayBeHead = false;

  /** @param expected of the requests sent, as long as all of them are valid */
  constructor(private readonly expected: readonly Expected[]) {}

  /** Bytes that were sent. */
  sent(bytes: Uint8Array): void {
    this.#mayBeHead ||= plain(bytes).includes("HEAD");
  }

  /** @throws Error for what is no answer */
  push(bytes: Uint8Array): void {
    this.#bytes = this.#bytes.length > 0 ? joined([this.#bytes, bytes]) : bytes;
    while (this.#step());
  }

  /** The camera has closed the connection. @param cut it may have done so within an answer */
  end(cut: boolean): void {
    if (cut || this.mode === "websocket" || this.mode === "parts" || this.mode === "events") return;
    if (this.#bytes.length === 0) return;
    const head = this.#head();
    if (head && this.#mayBeHead && head.length === this.#bytes.length) this.#take(head, 0);
    else throw new Error(`the connection ended within an answer: ${shown(this.#bytes)}`);
  }

  #step(): boolean {
    switch (this.mode) {
      case "answers":
        return this.#answer();
      case "websocket":
        return this.#frames();
      case "parts":
        return this.#part();
      case "events":
        return this.#event();
      case "over":
        if (this.#bytes.length > 0) throw new Error(`bytes after the last answer: ${shown(this.#bytes)}`);
        return false;
    }
  }

  /** The head at the beginning, if it is complete. */
  #head(): (Head & { length: number }) | undefined {
    const bytes = this.#bytes;
    let end = -1;
    for (let at = bytes.indexOf(CR); at >= 0 && end < 0; at = bytes.indexOf(CR, at + 1))
      if (bytes[at + 1] === LF && bytes[at + 2] === CR && bytes[at + 3] === LF) end = at;
    if (end < 0) return undefined;
    const [line = "", ...lines] = plain(bytes.subarray(0, end)).split("\r\n");
    const status = Number(line.slice(9, 12));
    if (!line.startsWith("HTTP/1.1 ") || !STATUSES.includes(status) || line.length < 14)
      throw new Error(`no status line: ${line}`);
    const fields = new Map<string, string>();
    for (const one of lines) {
      const colon = one.indexOf(": ");
      const name = one.slice(0, colon).toLowerCase();
      if (colon < 1 || fields.has(name)) throw new Error(`no field, or a second one: ${one}`);
      fields.set(name, one.slice(colon + 2));
    }
    return { status, fields, length: end + 4 };
  }

  #answer(): boolean {
    const head = this.#head();
    if (!head) return false;
    if (head.status === 100) {
      this.#drop(head.length);
      return true;
    }
    for (const name of SECURITY) if (!head.fields.has(name)) throw new Error(`${head.status} without ${name}`);
    const next = this.lenient ? undefined : this.expected[this.answers];
    if (head.status === 101 || head.fields.get("content-length") === undefined)
      return this.#take(head, this.#begin(head));
    const length = Number(head.fields.get("content-length"));
    if (!Number.isInteger(length) || length < 0) throw new Error(`a length of ${head.fields.get("content-length")}`);
    if (next?.head && !this.refused) return this.#take(head, 0);
    const left = this.#bytes.length - head.length;
    // The answer to a HEAD that a mutation has made, if the next answer or nothing follows.
    if (!next && this.#mayBeHead && length > 0) {
      const following = plain(this.#bytes.subarray(head.length, head.length + 9));
      if (left < 9 && "HTTP/1.1 ".startsWith(following)) return false;
      if (following === "HTTP/1.1 ") return this.#take(head, 0);
    }
    if (left < length) return false;
    checkBody(head, this.#bytes.slice(head.length, head.length + length));
    return this.#take(head, length);
  }

  /** An answer without a length. */
  #begin({ status, fields }: Head): number {
    const type = fields.get("content-type") ?? "";
    if (status === 204 || status === 304) return 0;
    if (status === 101) this.mode = "websocket";
    else if (status === 200 && type.startsWith("multipart/")) this.mode = "parts";
    else if (status === 200 && type === "text/event-stream") this.mode = "events";
    else throw new Error(`${status} without a length`);
    return 0;
  }

  #take({ status, fields, length }: Head & { length: number }, body: number): boolean {
    const expected = this.expected[this.answers];
    this.refused ||= this.answers === 0 && status === 503 && fields.get("connection") === "close";
    if (expected && !expected.statuses.includes(status) && !this.refused && !this.lenient)
      throw new Error(`${status} for ${expected.name}: ${shown(this.#bytes)}`);
    this.answers += 1;
    this.status = status;
    const connection = fields.get("connection");
    if (this.mode === "answers" && connection === "close") this.mode = "over";
    else if (this.mode === "answers" && connection !== "keep-alive") throw new Error(`Connection: ${connection}`);
    this.#drop(length + body);
    return true;
  }

  #frames(): boolean {
    const at = readFrames(this.#bytes, (opcode, payload) => {
      if (this.closing) throw new Error("a frame after Close");
      if (opcode === Opcode.Text) JSON.parse(text(payload), []);
      this.closing = opcode === Opcode.Close;
    });
    this.#drop(at);
    return false;
  }

  /** A picture of a stream, with the boundary before it. */
  #part(): boolean {
    const head = plain(this.#bytes.subarray(0, 200));
    const end = head.indexOf("\r\n\r\n");
    if (end < 0) return false;
    const [boundary, ...lines] = head.slice(0, end).split("\r\n");
    const length = Number(lines.find((line) => line.startsWith("Content-Length: "))?.slice(16));
    if (boundary !== BOUNDARY || !Number.isInteger(length)) throw new Error(`no part: ${head}`);
    if (this.#bytes.length < end + 4 + length + 2) return false;
    this.#drop(end + 4 + length + 2);
    return true;
  }

  #event(): boolean {
    const whole = text(this.#bytes);
    const end = whole.indexOf("\n\n");
    if (end < 0) return false;
    const lines = whole.slice(0, end).split("\n");
    for (const line of lines) {
      if (line.startsWith("data: ")) JSON.parse(line.slice(6), []);
      else if (line !== ":" && !line.startsWith("event: ")) throw new Error(`no event: ${line}`);
    }
    this.#drop(end + 2);
    return true;
  }

  #drop(count: number): void {
    this.#bytes = this.#bytes.slice(count);
  }
}

function checkBody({ status, fields }: Head, body: Uint8Array): void {
  if (fields.get("content-encoding") === "gzip") {
    if (status !== 200 || body[0] !== 0x1f || body[1] !== 0x8b) throw new Error(`${status}: no document in gzip`);
    return;
  }
  if (fields.get("content-type") !== "application/json") {
    if (status >= 400) throw new Error(`${status} with ${fields.get("content-type")}`);
    return;
  }
  const parsed = JSON.parse(text(body), status >= 400 ? ["error"] : []) as { error?: unknown };
  if (status >= 400 && typeof parsed.error !== "string") throw new Error(`${status} without a reason`);
}

function text(utf8: Uint8Array): string {
  return String.fromArrayBuffer(utf8.slice().buffer);
}

/** One character a byte. */
function plain(bytes: Uint8Array): string {
  let result = "";
  for (let at = 0; at < bytes.length; at += 1_000) result += String.fromCharCode(...bytes.subarray(at, at + 1_000));
  return result;
}

function shown(bytes: Uint8Array): string {
  return plain(bytes.subarray(0, 300));
}
