// SPDX-License-Identifier: Apache-2.0
import type Listener from "embedded:io/socket/listener";
import type TCP from "embedded:io/socket/tcp";
import type { VirtualTimers } from "../fakes/virtual-timers";

interface Callbacks {
  onReadable?: (bytes: number) => void;
  onWritable?: (bytes: number) => void;
  onError?: () => void;
}

/**
 * Both ends of a connection, with the ESP32's TCP semantics on the camera's side: writing more than fits throws "would block",
 * reading more than there is throws "invalid", onWritable comes after the peer took data, the end of the connection as onError
 * after everything received was read, and writing to a connection whose peer has closed throws "not ready".
 * Callbacks come from the event loop (virtual time), never from within a call.
 */
export class Connection {
  callbacks: Callbacks = {};
  /** The client reads nothing while true. */
  paused = false;
  /** The camera has closed its side. */
  closedByCamera = false;
  /** Size of each write of the camera. */
  readonly writes: number[] = [];
  readonly #received: Buffer[] = [];
  #incoming = Buffer.alloc(0);
  #inFlight = Buffer.alloc(0);
  #ended = false;
  #told = false;
  #readableDue = false;
  #deliveryDue = false;

  /** @param sendBuffer bytes the camera's side can write before the client takes some */
  constructor(
    readonly timers: VirtualTimers,
    readonly sendBuffer: number,
  ) {}

  // The client's side

  /** All that the client has received. */
  get received(): Buffer {
    return Buffer.concat(this.#received);
  }

  write(bytes: Uint8Array | string): void {
    this.#incoming = Buffer.concat([this.#incoming, typeof bytes === "string" ? Buffer.from(bytes) : bytes]);
    this.#tellReadable();
  }

  /** Takes up to `count` bytes, as a slow reader does. */
  take(count: number): void {
    this.#received.push(this.#inFlight.subarray(0, count));
    this.#inFlight = this.#inFlight.subarray(count);
    if (!this.#ended) this.callbacks.onWritable?.(this.room);
  }

  resume(): void {
    this.paused = false;
    this.#deliver();
  }

  /** The client goes away. */
  end(): void {
    this.#ended = true;
    this.#tellEnd();
  }

  /** Bytes sent that the camera has not read. */
  get unread(): number {
    return this.#incoming.length;
  }

  get room(): number {
    return this.sendBuffer - this.#inFlight.length;
  }

  // The camera's side

  adopt(callbacks: Callbacks): void {
    this.callbacks = callbacks;
    this.timers.set(() => this.callbacks.onWritable?.(this.room), 0);
    if (this.#incoming.length > 0) this.#tellReadable();
    this.#tellEnd();
  }

  cameraRead(target: Uint8Array): number {
    if (target.length === 0 || target.length > this.#incoming.length) throw new Error("invalid");
    target.set(this.#incoming.subarray(0, target.length));
    this.#incoming = this.#incoming.subarray(target.length);
    this.#tellEnd();
    return target.length;
  }

  cameraWrite(bytes: Uint8Array): number {
    if (this.closedByCamera) throw new Error("closed");
    if (this.#ended) throw new Error("not ready");
    if (bytes.length > this.room) throw new Error("would block");
    this.writes.push(bytes.length);
    this.#inFlight = Buffer.concat([this.#inFlight, bytes]);
    this.#deliver();
    return this.room;
  }

  cameraClose(): void {
    this.closedByCamera = true;
    this.callbacks = {};
    // What was written still arrives.
    if (!this.paused) this.#received.push(this.#inFlight);
  }

  #deliver(): void {
    if (this.paused || this.#deliveryDue || this.#inFlight.length === 0) return;
    this.#deliveryDue = true;
    this.timers.set(() => {
      this.#deliveryDue = false;
      if (!this.paused && !this.closedByCamera) this.take(this.#inFlight.length);
    }, 0);
  }

  #tellReadable(): void {
    if (this.#readableDue) return;
    this.#readableDue = true;
    this.timers.set(() => {
      this.#readableDue = false;
      if (this.#incoming.length > 0) this.callbacks.onReadable?.(this.#incoming.length);
    }, 0);
  }

  #tellEnd(): void {
    if (!this.#ended || this.#told || this.#incoming.length > 0 || !this.callbacks.onError) return;
    this.#told = true;
    this.timers.set(() => this.callbacks.onError?.(), 0);
  }
}

/** The complete packets in `bytes`, as JSON texts. Throws when anything stands outside packets, or a packet inside another. */
export function packetsOf(bytes: Uint8Array): string[] {
  const packets: string[] = [];
  for (let at = 0; at < bytes.length;) {
    const end = bytes.indexOf(3, at);
    const content = Buffer.from(bytes.subarray(at + 1, end < 0 ? bytes.length : end));
    if (bytes[at] !== 2 || content.includes(2)) throw new Error(`no packet at ${at}: ${content.subarray(0, 100)}`);
    if (end < 0) break;
    packets.push(content.toString("utf8"));
    at = end + 1;
  }
  return packets;
}

/** A network with one listening port: `TCP` and `Listener` as the firmware gets them, `connect` as a client does. */
export class FakeNet {
  /** Listening throws this. */
  listenError: Error | undefined;
  /** Accepting throws this, once. */
  acceptError: Error | undefined;
  listeners = 0;
  readonly connections: Connection[] = [];
  readonly Listener: typeof Listener;
  readonly TCP: typeof TCP;
  readonly #pending: Connection[] = [];
  #onReadable: ((count: number) => void) | undefined;

  constructor(
    readonly timers: VirtualTimers,
    readonly sendBuffer = 28_720,
  ) {
    // eslint-disable-next-line @typescript-eslint/no-this-alias -- the classes below are this network's
    const net = this;
    class FakeTCP {
      connection: Connection | undefined;
      constructor(options: { from?: FakeTCP } & Callbacks, connection?: Connection) {
        this.connection = options.from ? options.from.connection : connection;
        if (!options.from) return;
        if (!this.connection) throw new Error("invalid from");
        options.from.connection = undefined;
        this.connection.adopt(options);
      }
      read(target: Uint8Array): number {
        return this.#open.cameraRead(target);
      }
      write(bytes: Uint8Array): number {
        return this.#open.cameraWrite(bytes);
      }
      close(): void {
        this.connection?.cameraClose();
        this.connection = undefined;
      }
      get #open(): Connection {
        if (!this.connection) throw new Error("closed");
        return this.connection;
      }
    }
    class FakeListener {
      #closed = false;
      constructor(options: { onReadable: (count: number) => void }) {
        if (net.listenError) throw net.listenError;
        net.listeners += 1;
        net.#onReadable = options.onReadable;
      }
      read(): FakeTCP | undefined {
        const error = net.acceptError;
        net.acceptError = undefined;
        if (error) throw error;
        const connection = net.#pending.shift();
        return connection && new FakeTCP({}, connection);
      }
      close(): void {
        if (this.#closed) return;
        this.#closed = true;
        net.listeners -= 1;
        net.#onReadable = undefined;
      }
    }
    this.TCP = FakeTCP as unknown as typeof TCP;
    this.Listener = FakeListener as unknown as typeof Listener;
  }

  /** A client connects. */
  connect(sendBuffer = this.sendBuffer): Connection {
    const connection = new Connection(this.timers, sendBuffer);
    this.connections.push(connection);
    this.#pending.push(connection);
    this.timers.set(() => this.#onReadable?.(this.#pending.length), 0);
    return connection;
  }
}
