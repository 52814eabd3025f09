// SPDX-License-Identifier: Apache-2.0
import type { ByteSource } from "drivers/bytes/byte-source";
import type { TimerHandle, Timers } from "drivers/timers/timers";
import type { Log } from "modules/log/log";
import type { MessageTransport } from "modules/server/server";
import type { Transport, TransportEvents } from "modules/server/transport";
import { CloseCode, Opcode, type WebSocketCodec } from "./websocket-protocol";

/** Silence of a client after which it is sent a ping, and between pings. */
const PING_MS = 20_000;
/** A client that has left this many pings unanswered is dropped at the time of the next one. */
const UNANSWERED = 2;
/** Timeout for the Close frame to be sent, and then for the client to close after an error. */
const CLOSE_TIMEOUT_MS = 2_000;

const NO_BYTES = Object.freeze(new Uint8Array(0));

export interface WebSocketTransportOptions {
  readonly socket: Transport;
  readonly codec: WebSocketCodec;
  readonly timers: Timers;
  readonly log: Log;
}

/**
 * The sending side and the state of a WebSocket. Messages come as whole frames; control frames go between them, so an
 * image in progress delays them. After the client's Close, and after an error, the message in progress is finished,
 * then Close is sent and the session ends as after a lost connection.
 *
 *     open ──▶ closing (Close waits) ──▶ closed (Close was sent) ──▶ over
 */
export class WebSocketTransport implements MessageTransport, TransportEvents {
  events: TransportEvents | undefined;
  private readonly options: WebSocketTransportOptions;
  private readonly socket: Transport;
  private state: "open" | "closing" | "closed" | "over" = "open";
  /** A message has begun and has not ended. */
  private inMessage = false;
  /** Control frames that wait for the end of the message, or for room. */
  private closeFrame: Uint8Array | undefined;
  private pongFrame: Uint8Array | undefined;
  private pingDue = false;
  /** A source that waits for the control frames before it. */
  private waiting: (() => void) | undefined;
  /** The client closed first: it waits for the end of the connection. */
  private closedByClient = false;
  private heard: number;
  /** Received bytes wait for the session to read them. */
  private unread = false;
  private unanswered = 0;
  /** Writes, and bytes of the source being written, at the last ping. */
  private writes = 0;
  private progress = "";
  private timer: TimerHandle | undefined;

  constructor(options: WebSocketTransportOptions) {
    const { socket, timers } = options;
    this.options = options;
    this.socket = socket;
    this.heard = timers.now();
    this.timer = timers.set(() => this.beat(), PING_MS);
    socket.events = this;
  }

  get open(): boolean {
    return this.state === "open";
  }

  get writable(): number {
    return this.inMessage || (this.open && !this.controlWaits) ? this.socket.writable : 0;
  }

  get drained(): boolean {
    return !this.inMessage && !this.waiting && !this.controlWaits && this.socket.drained;
  }

  get ended(): boolean {
    return this.socket.ended;
  }

  get pumped(): number {
    return this.waiting ? 0 : this.socket.pumped;
  }

  /** Received bytes, for the reader of frames. */
  read(target: Uint8Array): number {
    const count = this.open ? this.socket.read(target) : 0;
    if (count > 0) {
      this.heard = this.options.timers.now();
      this.unanswered = 0;
    } else this.unread = false;
    return count;
  }

  write(bytes: Uint8Array, last: boolean): boolean {
    if (!this.inMessage && !this.open) return false;
    if (!this.socket.write(bytes)) return false;
    this.writes += 1;
    this.inMessage = !last;
    this.flush();
    return true;
  }

  pump(source: ByteSource, length: number, onDone: (written: number) => void): boolean {
    if (!this.open) return false;
    if (!this.controlWaits) return this.startPump(source, length, onDone);
    this.waiting = () => {
      try {
        if (this.startPump(source, length, onDone)) onDone(length);
      } catch {
        onDone(0); // the message is incomplete
      }
    };
    return false;
  }

  /** The client's ping. Only the newest one is answered if several come before there is room. */
  onPing(payload: Uint8Array): void {
    this.pongFrame = this.options.codec.frame(Opcode.Pong, payload);
    this.flush();
  }

  /** The client's Close, answered with its code. */
  onClose(payload: Uint8Array): void {
    this.closedByClient = true;
    this.beginClose(payload.subarray(0, 2));
  }

  /** Closes because of what the client has sent. */
  fail(code: number, reason: string): void {
    this.options.log.info(`WebSocket: ${reason}: closing with code ${code}`);
    this.beginClose(codeBytes(code));
  }

  /** Ends the connection: with Close if it fits, unless one was sent. */
  close(): void {
    if (this.state === "over") return;
    this.events = undefined;
    this.waiting = undefined;
    if (this.state === "closed" && !this.closedByClient && !this.socket.ended) return this.linger();
    if (this.open) {
      this.closeFrame = this.options.codec.frame(Opcode.Close, codeBytes(CloseCode.GoingAway));
      this.flush();
    }
    this.end();
  }

  onReadable(): void {
    if (this.state === "closed") return this.discard();
    this.unread = true;
    this.events?.onReadable();
  }

  onWritable(): void {
    this.flush();
    if (this.open || this.inMessage) this.events?.onWritable();
  }

  onEnd(): void {
    if (this.state === "closed" && !this.events) this.end();
    else this.events?.onEnd();
  }

  /** The connection is gone, or the web server ends it; then Close can still be sent. */
  onClosed(): void {
    this.events?.onClosed();
    this.close();
    this.end();
  }

  private get controlWaits(): boolean {
    return this.closeFrame !== undefined || this.pongFrame !== undefined || this.pingDue;
  }

  private startPump(source: ByteSource, length: number, onDone: (written: number) => void): boolean {
    this.inMessage = true;
    const finish = (): void => {
      this.writes += 1;
      this.inMessage = false;
      this.flush();
    };
    const done = this.socket.pump(source, length, (written) => {
      finish();
      onDone(written);
    });
    if (done) finish();
    return done;
  }

  private beginClose(payload: Uint8Array): void {
    if (!this.open) return;
    this.state = "closing";
    this.closeFrame = this.options.codec.frame(Opcode.Close, payload);
    this.pongFrame = undefined;
    this.pingDue = false;
    this.restart(() => this.events?.onClosed(), CLOSE_TIMEOUT_MS);
    this.flush();
  }

  /** Sends the control frames that wait, between two messages, and then the source behind them. */
  private flush(): void {
    if (this.inMessage || this.state === "closed" || this.state === "over") return;
    if (this.closeFrame) {
      if (this.send(this.closeFrame)) this.closeSent();
      return;
    }
    if (this.pongFrame && this.send(this.pongFrame)) this.pongFrame = undefined;
    if (this.pingDue && this.send(this.options.codec.frame(Opcode.Ping, NO_BYTES))) this.pingDue = false;
    if (this.controlWaits) return;
    const start = this.waiting;
    this.waiting = undefined;
    start?.();
  }

  private send(frame: Uint8Array): boolean {
    return this.socket.writable >= frame.length && this.socket.write(frame);
  }

  /** The session ends after its current call. */
  private closeSent(): void {
    this.closeFrame = undefined;
    this.state = "closed";
    this.options.timers.clear(this.timer);
    void Promise.resolve().then(() => this.events?.onClosed());
  }

  /**
   * After an error: reads until the client closes too. TCP resets a connection that is closed with unread bytes, and the
   * client might lose the Close frame.
   */
  private linger(): void {
    this.restart(() => this.end(), CLOSE_TIMEOUT_MS);
    this.discard();
  }

  private discard(): void {
    const waste = new Uint8Array(256);
    while (this.socket.read(waste) > 0);
  }

  private end(): void {
    if (this.state === "over") return;
    this.state = "over";
    this.options.timers.clear(this.timer);
    this.socket.close();
  }

  private restart(callback: () => void, delay: number): void {
    const { timers } = this.options;
    timers.clear(this.timer);
    this.timer = timers.set(callback, delay);
  }

  /** Sends a ping after silence. Bytes that the session has not read yet are no silence. */
  private beat(): void {
    const { timers, log } = this.options;
    const silence = this.unread ? 0 : timers.now() - this.heard;
    const progress = `${this.writes} ${this.pumped}`;
    // A ping that waits behind an image is not unanswered while the client still reads that.
    const reading = this.pingDue && progress !== this.progress;
    this.progress = progress;
    if (silence >= PING_MS && !reading) {
      if (this.unanswered === UNANSWERED) {
        log.info(`WebSocket: ${UNANSWERED} pings are not answered: connection dropped`);
        this.closedByClient = true; // nothing to wait for
        this.state = "closed";
        this.events?.onClosed();
        return;
      }
      this.unanswered += 1;
      this.pingDue = true;
      this.flush();
    }
    this.restart(() => this.beat(), silence >= PING_MS ? PING_MS : PING_MS - silence);
  }
}

const codeBytes = (code: number): Uint8Array => Uint8Array.of(code >> 8, code & 0xff);
