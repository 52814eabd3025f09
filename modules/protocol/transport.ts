// SPDX-License-Identifier: Apache-2.0

/** What a transport reports to its session. Never called from inside one of the transport's own methods. */
export interface TransportEvents {
  /** There is something to read. */
  onReadable(): void;
  /** There is room to write, or what was written has left. */
  onWritable(): void;
  /** The client has shut its sending side, and all that it sent was read. Answers can still be delivered. */
  onEnd(): void;
  /** The connection is gone: nothing can be written. What was received before can be read until `close()`. */
  onClosed(): void;
}

/** A stream of bytes both ways that never blocks: TCP connection or serial port. */
export interface Transport {
  events: TransportEvents | undefined;
  /** Bytes that can be read now. What is not read stays where it is, and in the end stops the peer. */
  readonly readable: number;
  /** Bytes that can be written now. */
  readonly writable: number;
  /** Everything written has reached the peer, as far as can be known. */
  readonly drained: boolean;
  /** The client has shut its sending side, and all that it sent was read. */
  readonly ended: boolean;
  /** Fills `target` with what is there; returns how much. */
  read(target: Uint8Array): number;
  /**
   * Writes all of `bytes`, no more than `writable`.
   * @returns false when nothing of it was taken: there is no room after all (onWritable follows), or the connection is gone (onClosed)
   */
  write(bytes: Uint8Array): boolean;
  /** Ends the connection, after what was written. Safe twice; no event follows. */
  close(): void;
}

/** The part of ECMA-419's TCP and Serial classes a stream needs. */
export interface StreamIO {
  /** Fills the buffer, which is no longer than what there is. Returns its length; undefined when there is nothing. */
  read(buffer: Uint8Array): number | undefined;
  /** Takes all of it or throws. Returns the room that is left; undefined when the connection is gone. */
  write(buffer: Uint8Array): number | undefined;
  close(): void;
}

export interface StreamCallbacks {
  onReadable(bytes: number): void;
  onWritable(bytes: number): void;
  onEnd(): void;
  onError(): void;
}

/** What the classes throw at a write that does not fit; they have taken nothing of it then. */
const NO_ROOM: readonly string[] = Object.freeze(["would block", "output full"]);

/**
 * A Transport over an ECMA-419 stream. The stream alone knows its room: packet buffers and memory limit it, not bytes only.
 * So the room is what the stream reported last, in onWritable or as the result of a write.
 */
export class StreamTransport implements Transport {
  events: TransportEvents | undefined;
  readonly #io: StreamIO;
  #readable = 0;
  #writable = 0;
  /** The largest room reported: that of an empty send buffer. */
  #capacity = 0;
  #ended = false;
  /** Nothing can be written any more. */
  #gone = false;
  #reported = false;
  #closed = false;

  /** @param open creates the IO object with the callbacks given */
  constructor(open: (callbacks: StreamCallbacks) => StreamIO) {
    this.#io = open({
      onReadable: (bytes) => {
        if (this.#closed) return;
        this.#readable = bytes;
        this.events?.onReadable();
      },
      onWritable: (bytes) => {
        if (this.#gone) return;
        this.#setRoom(bytes);
        this.events?.onWritable();
      },
      onEnd: () => {
        if (this.#gone) return;
        this.#ended = true;
        this.events?.onEnd();
      },
      onError: () => {
        this.#lose();
        this.#report();
      },
    });
  }

  get readable(): number {
    return this.#readable;
  }

  get writable(): number {
    return this.#writable;
  }

  get drained(): boolean {
    return this.#gone || this.#writable >= this.#capacity;
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** A connection that breaks here reads as empty; its end is reported as an event. */
  read(target: Uint8Array): number {
    const count = Math.min(target.length, this.#readable);
    if (count === 0) return 0;
    try {
      const filled = this.#io.read(count === target.length ? target : target.subarray(0, count)) ?? 0;
      this.#readable = filled > 0 ? this.#readable - filled : 0;
      return filled;
    } catch {
      this.#readable = 0;
      this.#break();
      return 0;
    }
  }

  write(bytes: Uint8Array): boolean {
    if (bytes.length === 0) return true;
    if (this.#gone) return false;
    if (bytes.length > this.#writable)
      throw new RangeError(`${bytes.length} bytes written where ${this.#writable} fit`);
    try {
      const room = this.#io.write(bytes);
      if (room === undefined) this.#break();
      else this.#setRoom(room);
      return room !== undefined;
    } catch (error) {
      if (error instanceof Error && NO_ROOM.includes(error.message)) this.#writable = 0;
      else this.#break();
      return false;
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#readable = 0;
    this.#lose();
    try {
      this.#io.close();
    } catch {
      // Closing what is broken may fail; there is nothing left to do about it.
    }
  }

  #setRoom(bytes: number): void {
    this.#writable = bytes;
    this.#capacity = Math.max(this.#capacity, bytes);
  }

  #lose(): void {
    this.#gone = true;
    this.#writable = 0;
  }

  /** The connection turned out to be gone. The session learns of it after it has finished what it is doing. */
  #break(): void {
    this.#lose();
    void Promise.resolve().then(() => this.#report());
  }

  #report(): void {
    if (this.#closed || this.#reported) return;
    this.#reported = true;
    this.events?.onClosed();
  }
}
