// SPDX-License-Identifier: Apache-2.0
import type { ByteSource } from "drivers/bytes/byte-source";
import { messageOf } from "modules/log/log";
import { ETX, STX, type TextCodec } from "modules/protocol/protocol";
import type { Transport } from "./transport";

/**
 * A session's output: complete messages, one after another, never more than the transport has room for. A message from
 * a source (an image) starts only when nothing else is queued, so it overtakes nothing, and messages queued meanwhile
 * follow it.
 */
export class Output {
  readonly #messages: Uint8Array[] = [];
  /** Bytes of the first message that have been written. */
  #written = 0;
  #backlog = 0;
  #source: ByteSource | undefined;
  /** Bytes that the source returned and the transport did not accept. */
  #part: Uint8Array | undefined;
  #remaining = 0;
  #onSent: (() => void) | undefined;

  /**
   * @param scratch buffer for parts of images; used within one call only, so sessions may share it
   * @param onBroken called when a message could not be finished and the client would misread the rest of the stream
   */
  constructor(
    private readonly transport: Transport,
    private readonly text: TextCodec,
    private readonly scratch: Uint8Array,
    private readonly onBroken: (reason: string) => void,
  ) {}

  /** Nothing is queued and no image is in progress. */
  get idle(): boolean {
    return this.#messages.length === 0 && !this.#source;
  }

  /** Bytes of queued messages, images not counted. */
  get backlog(): number {
    return this.#backlog;
  }

  /** Queues a message. */
  send(json: string): void {
    const bytes = this.text.encode(`${String.fromCharCode(STX)}${json}${String.fromCharCode(ETX)}`);
    this.#messages.push(bytes);
    this.#backlog += bytes.length;
    this.pump();
  }

  /**
   * Sends a message from a source. Only when idle.
   * @param length its bytes @param onSent called when the last byte has been written
   */
  sendFrom(source: ByteSource, length: number, onSent: () => void): void {
    if (!this.idle) throw new Error("a message is being sent");
    this.#source = source;
    this.#remaining = length;
    this.#onSent = onSent;
    this.pump();
  }

  /** Writes as much as the transport has room for. */
  pump(): void {
    try {
      while (this.transport.writable > 0 && this.#pumpOnce());
    } catch (error) {
      this.clear();
      this.onBroken(messageOf(error));
    }
  }

  /** Drops everything. */
  clear(): void {
    this.#messages.length = 0;
    this.#written = 0;
    this.#backlog = 0;
    this.#source = undefined;
    this.#part = undefined;
    this.#onSent = undefined;
  }

  /** Writes once. @returns whether anything was accepted */
  #pumpOnce(): boolean {
    if (this.#source) return this.#pumpSource(this.#source);
    const [message] = this.#messages;
    return message !== undefined && this.#pumpMessage(message);
  }

  #pumpMessage(message: Uint8Array): boolean {
    const count = Math.min(message.length - this.#written, this.transport.writable);
    const whole = count === message.length;
    if (!this.transport.write(whole ? message : message.subarray(this.#written, this.#written + count))) return false;
    this.#written += count;
    this.#backlog -= count;
    if (this.#written < message.length) return true;
    this.#messages.shift();
    this.#written = 0;
    return true;
  }

  #pumpSource(source: ByteSource): boolean {
    const part = this.#part ?? this.#read(source);
    const count = Math.min(part.length, this.transport.writable);
    if (!this.transport.write(count === part.length ? part : part.subarray(0, count))) {
      // A source returns its bytes once and the scratch buffer is shared, so bytes that were not accepted are copied.
      this.#part ??= part.slice();
      return false;
    }
    this.#part = count < part.length ? part.subarray(count) : undefined;
    this.#remaining -= count;
    if (this.#remaining === 0) this.#finish();
    return true;
  }

  /** Reads the source's next bytes into the scratch buffer. */
  #read(source: ByteSource): Uint8Array {
    const { scratch } = this;
    const room = Math.min(scratch.length, this.transport.writable);
    const count = source.read(room === scratch.length ? scratch : scratch.subarray(0, room));
    if (count === 0) throw new Error(`an image ended ${this.#remaining} bytes early`);
    return count === scratch.length ? scratch : scratch.subarray(0, count);
  }

  #finish(): void {
    const onSent = this.#onSent;
    this.#source = undefined;
    this.#onSent = undefined;
    onSent?.();
  }
}
