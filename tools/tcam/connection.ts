// SPDX-License-Identifier: Apache-2.0
import { EventEmitter } from "node:events";
import { connect } from "node:net";
import type { Duplex } from "node:stream";
import { formatAddress } from "./address";
import { encodeText, MessageReader, ProtocolError } from "./messages";
import { reasonOf } from "./system-error";

export interface CamInfo {
  info_value: number;
  info_string: string;
}

/** `cam_info` codes (readme of the tCam-Mini; 6 is undocumented, every firmware since 2.0 sends it). */
export const Code = { Nack: 0, Ack: 1, Unimplemented: 2, Bad: 3, Internal: 4, Debug: 5, Update: 6 } as const;

export type Answer = Record<string, unknown>;

/** The camera refused a command. The message is the camera's text. */
export class CommandFailed extends Error {}

/** Codes that never answer a command. */
const UNASKED: readonly number[] = [Code.Internal, Code.Debug, Code.Update];

type Call = { readonly timer: NodeJS.Timeout; reject(error: Error): void } & (
  { readonly kind: "answer"; resolve(answer: Answer): void } | { readonly kind: "image"; resolve(text: string): void }
);

export interface ConnectionOptions {
  host: string;
  port?: number;
  /** Timeout in milliseconds of the connection, and the default of each call. */
  timeout?: number;
}

interface ConnectionEvents {
  /** Each received message, before it is handled. */
  message: [text: string];
  image: [text: string];
  /** Hardware interface only: an image is ready on SPI (bytes, including the checksum). */
  image_ready: [bytes: number];
  get_fw: [request: { start: number; length: number }];
  /** A `cam_info` that answers no call. */
  info: [info: CamInfo];
  close: [error: Error | undefined];
}

/** A socket, or another stream with an optional unref(). */
export type Wire = Duplex & { unref?(): unknown };

/**
 * One connection to a camera: its command socket or its serial port. Answers come in the order of the commands.
 * `get_fw`, `cam_info` 4, 5 and 6, and images that no call waits for are events; any other message answers the oldest waiting call.
 */
export class Connection extends EventEmitter<ConnectionEvents> {
  private readonly reader = new MessageReader();
  private readonly calls: Call[] = [];
  /** Calls answered by `image_ready` whose image was not fetched yet. */
  private readonly announced: Call[] = [];
  /** Text of the last message if it was a `cam_info` that answered no call: the reason if the camera closes now. */
  private words: string | undefined;
  private failure: Error | undefined;

  /** @param socket an open one @param timeout default timeout of a call in milliseconds */
  constructor(
    private readonly socket: Wire,
    private readonly timeout = 5000,
  ) {
    super();
    socket.on("data", (bytes) => this.receive(bytes));
    socket.on("error", (error) => this.fail(this.closed(error)));
    socket.on("close", () => {
      this.fail(this.closed());
      this.emit("close", this.failure);
    });
  }

  /** @throws Error with the address and the reason */
  static open({ host, port = 5001, timeout = 5000 }: ConnectionOptions): Promise<Connection> {
    const address = formatAddress(host, port);
    return new Promise((resolve, reject) => {
      const socket = connect({ host, port });
      const timer = setTimeout(() => socket.destroy(new Error(`no answer in ${timeout / 1000} s`)), timeout);
      socket.once("error", (error) => {
        clearTimeout(timer);
        reject(new Error(`cannot connect to ${address}: ${reasonOf(error)}`));
      });
      socket.once("connect", () => {
        clearTimeout(timer);
        socket.removeAllListeners("error");
        socket.setNoDelay(true);
        resolve(new Connection(socket, timeout));
      });
    });
  }

  /** False after the connection has ended or was closed. */
  get open(): boolean {
    return this.failure === undefined;
  }

  /**
   * Sends a command and waits for its answer.
   * @throws CommandFailed with the camera's text if the answer is a `cam_info` other than an ACK
   */
  call(cmd: string, args?: object, timeout = this.timeout): Promise<Answer> {
    return new Promise((resolve, reject) => {
      if (this.failure) return reject(this.failure);
      const timer = setTimeout(() => {
        this.socket.destroy();
        this.fail(new Error(`no answer to ${cmd} in ${timeout / 1000} s`));
      }, timeout);
      this.calls.push({ kind: "answer", resolve, reject, timer });
      this.send(cmd, args);
    });
  }

  /** Sends a command that has no answer of its own (fw_segment). */
  send(cmd: string, args?: object): void {
    this.sendText(JSON.stringify(args ? { cmd, args } : { cmd }));
  }

  /** Sends any text, with delimiters. */
  sendText(text: string): void {
    this.socket.write(encodeText(text));
  }

  /**
   * The next image's JSON text.
   * @throws CommandFailed with the camera's text if it has no image
   */
  image(timeout = 10_000): Promise<string> {
    return new Promise((resolve, reject) => {
      if (this.failure) return reject(this.failure);
      // The call keeps its place: a late answer must not answer the next call.
      const timer = setTimeout(() => reject(new Error(`no image in ${timeout / 1000} s`)), timeout);
      this.calls.push({ kind: "image", resolve, reject, timer });
      this.send("get_image");
    });
  }

  /** Handles an image received here or over SPI. */
  deliver(text: string): void {
    this.emit("image", text);
    const next = this.announced.shift() ?? (this.calls[0]?.kind === "image" ? this.calls.shift() : undefined);
    if (next?.kind !== "image") return;
    clearTimeout(next.timer);
    next.resolve(text);
  }

  /** Requests a damaged image again if a call waits for it. */
  askAgain(): void {
    for (const call of this.announced.splice(0)) {
      this.calls.push(call);
      this.send("get_image");
    }
  }

  /** @param reason rejects the waiting calls */
  close(reason = new Error("connection closed")): void {
    this.fail(reason);
    this.socket.end();
    this.socket.unref?.();
  }

  private receive(bytes: Buffer): void {
    try {
      for (const text of this.reader.push(bytes)) {
        this.emit("message", text);
        this.dispatch(text);
      }
    } catch (error) {
      this.socket.destroy();
      this.fail(error instanceof Error ? error : new ProtocolError(String(error)));
    }
  }

  private dispatch(text: string): void {
    this.words = undefined;
    if (text.includes('"radiometric"')) return this.deliver(text);
    const answer = parse(text);
    if ("image_ready" in answer) return this.announce(natural(answer["image_ready"], "image_ready"));
    if ("get_fw" in answer) {
      const { start, length } = record(answer["get_fw"], "get_fw");
      this.emit("get_fw", { start: natural(start, "get_fw"), length: natural(length, "get_fw") });
      return;
    }
    const info = camInfo(answer);
    if (!this.settle(answer, info) && info) {
      this.words = info.info_string;
      this.emit("info", info);
    }
  }

  private announce(bytes: number): void {
    const [next] = this.calls;
    if (next?.kind === "image") this.announced.push(...this.calls.splice(0, 1));
    this.emit("image_ready", bytes);
  }

  /** @returns false if this answers no call */
  private settle(answer: Answer, info: CamInfo | undefined): boolean {
    if (info && UNASKED.includes(info.info_value)) return false;
    const refused = info && info.info_value !== Code.Ack;
    // An image call is answered by an image or by a refusal.
    const index = refused ? 0 : this.calls.findIndex(({ kind }) => kind === "answer");
    const call = this.calls[index];
    if (!call) return false;
    this.calls.splice(index, 1);
    clearTimeout(call.timer);
    if (refused) call.reject(new CommandFailed(info.info_string));
    else if (call.kind === "answer") call.resolve(answer);
    return true;
  }

  /** The error for the end of the connection, with the camera's text if it sent one. */
  private closed(error?: Error): Error {
    if (this.words !== undefined) return new CommandFailed(`the camera closed the connection: ${this.words}`);
    return new Error(error ? `the connection failed: ${reasonOf(error)}` : "the camera closed the connection");
  }

  private fail(error: Error): void {
    this.failure ??= error;
    for (const call of [...this.calls.splice(0), ...this.announced.splice(0)]) {
      clearTimeout(call.timer);
      call.reject(this.failure);
    }
  }
}

function parse(text: string): Answer {
  let message: unknown;
  try {
    message = JSON.parse(text);
  } catch {
    throw new ProtocolError(`the camera sent no JSON: ${text.slice(0, 80)}`);
  }
  return record(message, "a message");
}

function camInfo(answer: Answer): CamInfo | undefined {
  if (!("cam_info" in answer)) return undefined;
  const { info_value, info_string } = record(answer["cam_info"], "cam_info");
  if (typeof info_string !== "string") throw unexpected(info_string, "info_string");
  return { info_value: natural(info_value, "info_value"), info_string };
}

/** Checks that a received value is an object. @param name its name in the error @throws ProtocolError */
export function record(value: unknown, name: string): Record<string, unknown> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw unexpected(value, name);
}

function natural(value: unknown, name: string): number {
  if (typeof value === "number" && Number.isInteger(value) && value >= 0) return value;
  throw unexpected(value, name);
}

function unexpected(value: unknown, name: string): ProtocolError {
  return new ProtocolError(`the camera sent ${(JSON.stringify(value) ?? "nothing").slice(0, 80)} as ${name}`);
}
