// SPDX-License-Identifier: Apache-2.0
import type { ByteSource } from "drivers/bytes/byte-source";
import { messageOf } from "modules/log/log";
import type { Transport } from "./transport";

/** A transport that sees where messages end. */
export interface MessageTransport extends Omit<Transport, "read" | "write"> {
  /** As Transport.write. @param last the bytes end a message */
  write(bytes: Uint8Array, last: boolean): boolean;
}

/**
 * A session's output: complete messages, one after another, never more than the transport has room for. A message from
 * a source (an image) starts only when nothing else is queued, so it overtakes nothing, and messages queued meanwhile
 * follow it.
 */
export class Output {
  private readonly messages: Uint8Array[] = [];
  /** Bytes of the first message that have been written. */
  private written = 0;
  private unsent = 0;
  /** Length of the source's message that the transport is writing; 0: none. */
  private length = 0;
  private onSent: (() => void) | undefined;
  private readonly onDone = (written: number): void => this.finish(written);

  /**
   * @param encode returns the bytes of a message
   * @param onBroken called when a message could not be finished and the client would misread the rest of the stream
   */
  constructor(
    private readonly transport: MessageTransport,
    private readonly encode: (json: string) => Uint8Array,
    private readonly onBroken: (reason: string) => void,
  ) {}

  /** Nothing is queued and no image is in progress. */
  get idle(): boolean {
    return this.messages.length === 0 && this.length === 0;
  }

  /** Bytes of queued messages, images not counted. */
  get backlog(): number {
    return this.unsent;
  }

  /** Queues a message. */
  send(json: string): void {
    const bytes = this.encode(json);
    this.messages.push(bytes);
    this.unsent += bytes.length;
    this.pump();
  }

  /**
   * Sends a message from a source, which the transport reads. Only when idle.
   * @param length its bytes @param onSent called when the last byte has been written
   */
  sendFrom(source: ByteSource, length: number, onSent: () => void): void {
    if (!this.idle) throw new Error("a message is being sent");
    this.length = length;
    this.onSent = onSent;
    try {
      if (this.transport.pump(source, length, this.onDone)) this.finish(length);
    } catch (error) {
      this.break(messageOf(error));
    }
  }

  /** Writes as much of the queued messages as the transport has room for. */
  pump(): void {
    try {
      while (this.length === 0 && this.pumpMessage());
    } catch (error) {
      this.break(messageOf(error));
    }
  }

  /** Drops everything. */
  clear(): void {
    this.messages.length = 0;
    this.written = 0;
    this.unsent = 0;
    this.length = 0;
    this.onSent = undefined;
  }

  private break(reason: string): void {
    this.clear();
    this.onBroken(reason);
  }

  /** Writes once. @returns whether anything was accepted */
  private pumpMessage(): boolean {
    const [message] = this.messages;
    if (!message) return false;
    const count = Math.min(message.length - this.written, this.transport.writable);
    if (count === 0) return false;
    const part = count === message.length ? message : message.subarray(this.written, this.written + count);
    if (!this.transport.write(part, this.written + count === message.length)) return false;
    this.written += count;
    this.unsent -= count;
    if (this.written < message.length) return true;
    this.messages.shift();
    this.written = 0;
    return true;
  }

  private finish(written: number): void {
    const missing = this.length - written;
    if (missing > 0) return this.break(`an image ended ${missing} bytes early`);
    const onSent = this.onSent;
    this.length = 0;
    this.onSent = undefined;
    onSent?.();
  }
}
