// SPDX-License-Identifier: Apache-2.0
import type { ByteSource } from "drivers/bytes/byte-source";

/** Events from a transport to its session. Never called from inside one of the transport's own methods. */
export interface TransportEvents {
  /** There are bytes to read. */
  onReadable(): void;
  /** There is room to write, or written bytes have been sent. */
  onWritable(): void;
  /** The client has shut its sending side, and all that it sent was read. Answers can still be delivered. */
  onEnd(): void;
  /** The connection is gone: nothing can be written. Bytes received before can be read until `close()`. */
  onClosed(): void;
}

/** A bidirectional byte stream that never blocks: a TCP connection or a serial port. */
export interface Transport {
  events: TransportEvents | undefined;
  /** Bytes that can be written now. */
  readonly writable: number;
  /** All written bytes have reached the peer, as far as the transport knows. */
  readonly drained: boolean;
  /** The client has shut its sending side, and all that it sent was read. */
  readonly ended: boolean;
  /** Reads available bytes into `target`; returns their number. Unread bytes exert back-pressure on the peer. */
  read(target: Uint8Array): number;
  /**
   * Writes all of `bytes`, no more than `writable`.
   * @returns false when nothing was accepted: there is no room (onWritable follows), or the connection is gone
   * (onClosed)
   */
  write(bytes: Uint8Array): boolean;
  /**
   * Writes all `length` bytes of a source as there is room. Until it is over nothing else can be written, and `writable`
   * is 0; then onDone is called with the bytes written, and onWritable.
   * @returns true when all was written at once: onDone is not called
   * @throws Error when the transport cannot, or the source ended early
   */
  pump(source: ByteSource, length: number, onDone: (written: number) => void): boolean;
  /** Bytes that the last `pump` has written so far. */
  readonly pumped: number;
  /** Ends the connection after everything written was sent. Idempotent; no event follows. */
  close(): void;
}

/** The part of ECMA-419's TCP and Serial classes that a transport needs. */
export interface SocketIO {
  /** Fills the buffer, no longer than the available bytes. Returns the length; undefined when there is nothing. */
  read(buffer: Uint8Array): number | undefined;
  /** Accepts all of it or throws. Returns the room that is left; undefined when the connection is gone. */
  write(buffer: Uint8Array): number | undefined;
  /** Class TCP only: see typings/embedded_io/socket/tcp.d.ts. */
  pump?(source: ByteSource, length: number): boolean | undefined;
  readonly pumped?: number;
  close(): void;
}

export interface SocketCallbacks {
  onReadable(bytes: number): void;
  onWritable(bytes: number): void;
  onEnd(): void;
  onError(): void;
  onPumped(bytes: number): void;
}

/** Errors that the classes throw for a write that does not fit; none of it was then accepted. */
const NO_ROOM: readonly string[] = Object.freeze(["would block", "output full"]);

const NO_BYTES = Object.freeze(new Uint8Array(0));

/**
 * A Transport over an ECMA-419 stream. Only the stream knows its room, because packet buffers and memory limit it, not
 * bytes alone. So the transport uses the room that the stream last reported, in onWritable or as the result of a write.
 */
export class SocketTransport implements Transport {
  events: TransportEvents | undefined;
  private readonly io: SocketIO;
  /** Read before the bytes of the stream. */
  private received: Uint8Array;
  private readable = 0;
  private room = 0;
  /** A source was written: `room` is too low, and onWritable comes only after the next write. */
  private stale = false;
  private onDone: ((written: number) => void) | undefined;
  /** The largest room reported: that of an empty send buffer. */
  private capacity = 0;
  private inputEnded = false;
  /** Nothing can be written. */
  private gone = false;
  private reported = false;
  private closed = false;

  /**
   * @param open creates the IO object with these callbacks
   * @param received bytes of the peer that are read before those of the stream
   */
  constructor(open: (callbacks: SocketCallbacks) => SocketIO, received: Uint8Array = NO_BYTES) {
    this.received = received;
    if (received.length > 0) void Promise.resolve().then(() => this.closed || this.events?.onReadable());
    this.io = open({
      onReadable: (bytes) => {
        if (this.closed) return;
        this.readable = bytes;
        this.events?.onReadable();
      },
      onWritable: (bytes) => {
        if (this.gone) return;
        this.setRoom(bytes);
        this.events?.onWritable();
      },
      onEnd: () => {
        if (this.gone) return;
        this.inputEnded = true;
        if (this.ended) this.events?.onEnd();
      },
      onError: () => {
        this.lose();
        this.report();
      },
      onPumped: (bytes) => {
        const onDone = this.onDone;
        this.onDone = undefined;
        if (this.gone) return;
        onDone?.(bytes);
        this.events?.onWritable();
      },
    });
  }

  get writable(): number {
    if (this.stale && !this.onDone) {
      this.stale = false;
      this.writeNow(NO_BYTES);
    }
    return this.room;
  }

  get drained(): boolean {
    return this.gone || (!this.onDone && this.writable >= this.capacity);
  }

  get pumped(): number {
    return this.gone ? 0 : (this.io.pumped ?? 0);
  }

  get ended(): boolean {
    return this.inputEnded && this.received.length === 0;
  }

  /** A connection that breaks here reads as empty; an event reports its end. */
  read(target: Uint8Array): number {
    if (this.received.length > 0) return this.readReceived(target);
    const count = Math.min(target.length, this.readable);
    if (count === 0) return 0;
    try {
      const filled = this.io.read(count === target.length ? target : target.subarray(0, count)) ?? 0;
      this.readable = filled > 0 ? this.readable - filled : 0;
      return filled;
    } catch {
      this.readable = 0;
      this.break();
      return 0;
    }
  }

  write(bytes: Uint8Array): boolean {
    if (bytes.length === 0) return true;
    if (this.gone) return false;
    if (bytes.length > this.writable)
      throw new RangeError(`write: expected at most ${this.room} bytes, got ${bytes.length}`);
    return this.writeNow(bytes);
  }

  pump(source: ByteSource, length: number, onDone: (written: number) => void): boolean {
    if (!this.io.pump) throw new Error("this transport sends no sources");
    if (this.gone) return false;
    const done = this.io.pump(source, length);
    if (done === undefined) this.break();
    else this.room = 0;
    this.stale = done !== undefined;
    if (done === false) this.onDone = onDone;
    return done ?? false;
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.readable = 0;
    this.received = NO_BYTES;
    this.lose();
    try {
      this.io.close();
    } catch {
      // Closing a broken connection may fail; nothing remains to be done.
    }
  }

  private readReceived(target: Uint8Array): number {
    const received = this.received;
    const count = Math.min(target.length, received.length);
    target.set(received.subarray(0, count));
    this.received = received.subarray(count);
    // The end of input came while these bytes were unread.
    if (this.ended) void Promise.resolve().then(() => this.gone || this.events?.onEnd());
    return count;
  }

  private writeNow(bytes: Uint8Array): boolean {
    try {
      const room = this.io.write(bytes);
      if (room === undefined) this.break();
      else this.setRoom(room);
      return room !== undefined;
    } catch (error) {
      if (error instanceof Error && NO_ROOM.includes(error.message)) this.room = 0;
      else this.break();
      return false;
    }
  }

  private setRoom(bytes: number): void {
    this.room = bytes;
    this.capacity = Math.max(this.capacity, bytes);
  }

  private lose(): void {
    this.gone = true;
    this.stale = false;
    this.onDone = undefined;
    this.room = 0;
  }

  /** The connection is gone. The session is notified after its current call returns. */
  private break(): void {
    this.lose();
    void Promise.resolve().then(() => this.report());
  }

  private report(): void {
    if (this.closed || this.reported) return;
    this.reported = true;
    this.events?.onClosed();
  }
}
