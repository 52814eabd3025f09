// SPDX-License-Identifier: Apache-2.0

/** What a transport tells its session. Never called from inside one of the transport's own methods. */
export interface TransportEvents {
  /** There is something to read. */
  onReadable(): void;
  /** There is room to write, or what was written has left. */
  onWritable(): void;
  /** The connection has ended; nothing more comes. */
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
  /** Fills `target` with what is there; returns how much. */
  read(target: Uint8Array): number;
  /** Writes all of `bytes`, no more than `writable`. */
  write(bytes: Uint8Array): void;
  /** Ends the connection, after what was written. Safe twice; no event follows. */
  close(): void;
}

/** The part of ECMA-419's TCP and Serial classes a stream needs. */
export interface StreamIO {
  read(buffer: Uint8Array): unknown;
  write(buffer: Uint8Array): unknown;
  close(): void;
}

export interface StreamCallbacks {
  onReadable(bytes: number): void;
  onWritable(bytes: number): void;
  onError(): void;
}

/**
 * A Transport over an ECMA-419 stream, which counts for itself: the class reports how much can be read and written only when
 * that changes, and throws when asked for more.
 */
export class StreamTransport implements Transport {
  events: TransportEvents | undefined;
  #io: StreamIO | undefined;
  #readable = 0;
  #writable = 0;
  /** The most that could ever be written: what an empty send buffer takes. */
  #capacity = 0;
  #gone = false;
  /** The peer takes nothing any more; what it sent before is still read, and then its end is reported. */
  #deaf = false;

  /** @param open creates the IO object with the callbacks given @param tellsEnd it calls `onError` when the peer has ended */
  constructor(
    open: (callbacks: StreamCallbacks) => StreamIO,
    private readonly tellsEnd = true,
  ) {
    this.#io = open({
      onReadable: (bytes) => {
        this.#readable = bytes;
        if (this.#io) this.events?.onReadable();
      },
      onWritable: (bytes) => {
        this.#writable = bytes;
        this.#capacity = Math.max(this.#capacity, bytes);
        if (this.#io) this.events?.onWritable();
      },
      onError: () => {
        if (!this.#io) return;
        this.close();
        this.events?.onClosed();
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
    return this.#gone || this.#deaf || this.#writable >= this.#capacity;
  }

  /** A connection that broke unnoticed so far reads as empty; its end is reported as an event. */
  read(target: Uint8Array): number {
    const count = Math.min(target.length, this.#readable);
    if (!this.#io || count === 0) return 0;
    try {
      this.#io.read(count === target.length ? target : target.subarray(0, count));
    } catch {
      return this.#break();
    }
    this.#readable -= count;
    return count;
  }

  write(bytes: Uint8Array): void {
    if (!this.#io || this.#deaf || bytes.length === 0) return;
    if (bytes.length > this.#writable)
      throw new RangeError(`${bytes.length} bytes written where ${this.#writable} fit`);
    try {
      this.#io.write(bytes);
      this.#writable -= bytes.length;
    } catch {
      // The peer has closed its side while what it sent before waits to be read: "not ready".
      if (this.tellsEnd && this.#readable > 0) this.#deaf = true;
      else this.#break();
    }
  }

  close(): void {
    const io = this.#io;
    this.#io = undefined;
    this.#readable = 0;
    this.#writable = 0;
    this.#gone = true;
    try {
      io?.close();
    } catch {
      // Closing what is broken may fail; there is nothing left to do about it.
    }
  }

  /** The connection turned out to be gone. The session learns of it after it has finished what it is doing. */
  #break(): number {
    if (this.#gone) return 0;
    this.close();
    void Promise.resolve().then(() => this.events?.onClosed());
    return 0;
  }
}
