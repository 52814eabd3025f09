// SPDX-License-Identifier: Apache-2.0
import type Listener from "embedded:io/socket/listener";
import type TCP from "embedded:io/socket/tcp";
import { SocketTransport } from "modules/server/transport";
import { type Accepted, tcpClass } from "../fakes/tcp-class";
import type { VirtualTimers } from "../fakes/virtual-timers";

interface Callbacks {
  onReadable?: (bytes: number) => void;
  onWritable?: (bytes: number) => void;
  onEnd?: () => void;
  onError?: () => void;
  onPumped?: (bytes: number) => void;
}

interface ByteSource {
  read(target: Uint8Array): number;
}

/** A source that the camera's side is writing. */
interface Pump {
  readonly source: ByteSource;
  left: number;
}

/** Bytes of one packet buffer of the camera's TCP stack. */
const SEGMENT_BYTES = 1_436;
/** pump() waits for this much room. */
const USEFUL_BYTES = 2 * SEGMENT_BYTES;
/** Buffers that the stack keeps free for the ends of a write. */
const PARTIAL_BUFFERS = 2;

/**
 * Both ends of a connection, with the camera's TCP class on its side: writing returns the room that is left, or undefined after a
 * reset; writing more than fits throws "would block"; reading more than there is throws "invalid"; onWritable comes after the client
 * took data; the end of the client's input is onEnd after everything received was read (onError without onEnd); a reset is onError
 * at once, and what was received before can still be read.
 * pump() writes a source as the client takes data, in parts of two segments or more; until it is over, writing throws and onWritable
 * is not called, and afterwards it comes after the next write.
 * Callbacks come from the event loop (virtual time), never from within a call.
 */
export class Connection {
  callbacks: Callbacks = {};
  /** The client reads nothing while true. */
  paused = false;
  /** The camera has closed its side. */
  closedByCamera = false;
  /** A write of the camera throws this. */
  failure: Error | undefined;
  /** The TCP stack has no memory for another write, which it has not reported: a write throws "would block". */
  starved = false;
  /** Packet buffers of the TCP stack. Each write takes one at least, until the client has taken its bytes. */
  buffers = Infinity;
  /** Size of each write of the camera. */
  readonly writes: number[] = [];
  readonly #received: Buffer[] = [];
  #incoming = Buffer.alloc(0);
  #inFlight = Buffer.alloc(0);
  /** Bytes in each packet buffer in use. */
  readonly #used: number[] = [];
  /** The client has shut its sending side, */
  #shut = false;
  #pump: Pump | undefined;
  /** The source's bytes that a write refused. */
  #refused: Uint8Array | undefined;
  /** Nothing was written since the last pump. */
  #quiet = false;
  /** Bytes that the last pump has written. */
  cameraPumped = 0;
  /** or both: what the camera sends then resets the connection. */
  #left = false;
  #reset = false;
  #endReported = false;
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
    this.#reportReadable();
  }

  /** Takes up to `count` bytes, as a slow reader does. */
  take(count: number): void {
    this.#received.push(this.#inFlight.subarray(0, count));
    this.#inFlight = this.#inFlight.subarray(count);
    for (let left = count; left > 0 && this.#used[0] !== undefined;) {
      const taken = Math.min(left, this.#used[0]);
      left -= taken;
      this.#used[0] -= taken;
      if (this.#used[0] === 0) this.#used.shift();
    }
    this.reportWritable();
  }

  resume(): void {
    this.paused = false;
    this.#deliver();
  }

  /** The client sends no more; it goes on receiving. */
  shut(): void {
    this.#shut = true;
    this.#reportEnd();
  }

  /** The client goes away, as a program does that ends: with answers unread the connection is reset. */
  end(): void {
    this.#left = true;
    if (this.#inFlight.length > 0) this.reset();
    else this.shut();
  }

  /** The client goes away by a reset. */
  reset(): void {
    if (this.#reset) return;
    this.#reset = true;
    this.timers.set(() => this.callbacks.onError?.(), 0);
  }

  /** Bytes sent that the camera has not read. */
  get unread(): number {
    return this.#incoming.length;
  }

  get room(): number {
    if (this.#reset || this.starved) return 0;
    const free = Math.max(0, this.buffers - this.#used.length - PARTIAL_BUFFERS);
    return Math.min(this.sendBuffer - this.#inFlight.length, free * SEGMENT_BYTES);
  }

  // The camera's side

  adopt(callbacks: Callbacks): void {
    this.callbacks = callbacks;
    this.#endReported = false;
    this.timers.set(() => this.reportWritable(), 0);
    if (this.#incoming.length > 0) this.#reportReadable();
    this.#reportEnd();
    if (this.#reset) this.timers.set(() => this.callbacks.onError?.(), 0);
  }

  reportWritable(): void {
    if (this.#reset) return;
    if (this.#pump) {
      if (!this.#pumpOn(this.#pump)) return;
      this.#pump = undefined;
      this.callbacks.onPumped?.(this.cameraPumped);
    } else if (!this.#quiet) this.callbacks.onWritable?.(this.room);
  }

  cameraRead(target: Uint8Array): number {
    if (this.closedByCamera) throw new Error("closed");
    if (target.length === 0 || target.length > this.#incoming.length) throw new Error("invalid");
    target.set(this.#incoming.subarray(0, target.length));
    this.#incoming = this.#incoming.subarray(target.length);
    this.#reportEnd();
    return target.length;
  }

  cameraWrite(bytes: Uint8Array): number | undefined {
    if (this.closedByCamera) throw new Error("closed");
    if (this.failure) throw this.failure;
    if (this.#pump) throw new Error("a source is being written");
    if (this.#reset) return undefined;
    this.#quiet = false;
    return this.#accept(bytes);
  }

  cameraPump(source: ByteSource, length: number): boolean | undefined {
    if (this.closedByCamera) throw new Error("closed");
    if (this.failure) throw this.failure;
    if (this.#pump) throw new Error("a source is being written");
    if (this.#reset) return undefined;
    this.#quiet = true;
    this.cameraPumped = 0;
    this.#pump = { source, left: length };
    const over = this.#pumpOn(this.#pump);
    if (!over) return false;
    const { left } = this.#pump;
    this.#pump = undefined;
    if (left > 0) throw new Error(`the source ended ${left} bytes early`);
    return true;
  }

  /** Writes the source as far as there is room. @returns whether it is over */
  #pumpOn(pump: Pump): boolean {
    while (pump.left > 0) {
      const { room } = this;
      if (room < Math.min(USEFUL_BYTES, pump.left) && (room === 0 || this.#inFlight.length > 0)) return false;
      const part = this.#refused ?? this.#readPart(pump, Math.min(room, pump.left, 2 * USEFUL_BYTES));
      if (part.length === 0) return true;
      this.#refused = part;
      if (part.length > this.room) return false;
      this.#refused = undefined;
      this.#accept(part);
      pump.left -= part.length;
      this.cameraPumped += part.length;
    }
    return true;
  }

  #readPart({ source }: Pump, size: number): Uint8Array {
    const part = new Uint8Array(size);
    return part.subarray(0, source.read(part));
  }

  #accept(bytes: Uint8Array): number {
    if (bytes.length > this.room) throw new Error("would block");
    this.writes.push(bytes.length);
    this.#inFlight = Buffer.concat([this.#inFlight, bytes]);
    for (let at = 0; at < bytes.length; at += SEGMENT_BYTES)
      this.#used.push(Math.min(SEGMENT_BYTES, bytes.length - at));
    this.#deliver();
    return this.room;
  }

  cameraClose(): void {
    this.closedByCamera = true;
    this.callbacks = {};
    this.#pump = undefined;
    // What was written still arrives.
    if (!this.paused && !this.#left) this.#received.push(this.#inFlight);
  }

  #deliver(): void {
    if ((this.paused && !this.#left) || this.#deliveryDue || this.#inFlight.length === 0) return;
    this.#deliveryDue = true;
    this.timers.set(() => {
      this.#deliveryDue = false;
      if (this.#left) this.reset();
      else if (!this.paused && !this.closedByCamera) this.take(this.#inFlight.length);
    }, 0);
  }

  #reportReadable(): void {
    if (this.#readableDue) return;
    this.#readableDue = true;
    this.timers.set(() => {
      this.#readableDue = false;
      if (this.#incoming.length > 0) this.callbacks.onReadable?.(this.#incoming.length);
    }, 0);
  }

  #reportEnd(): void {
    const { callbacks } = this;
    const { onEnd = callbacks.onError } = callbacks;
    if (!this.#shut || this.#reset || this.#endReported || this.#incoming.length > 0 || !onEnd) return;
    this.#endReported = true;
    const report = (): void => {
      if (!this.closedByCamera && !this.#reset && callbacks === this.callbacks) onEnd();
    };
    this.timers.set(report, 0);
  }
}

/** The camera's transport of a connection. */
export function transportOf(connection: Connection): SocketTransport {
  return new SocketTransport((callbacks) => {
    connection.adopt(callbacks);
    return {
      read: (buffer) => connection.cameraRead(buffer),
      write: (buffer) => connection.cameraWrite(buffer),
      pump: (source, length) => connection.cameraPump(source, length),
      get pumped() {
        return connection.cameraPumped;
      },
      close: () => connection.cameraClose(),
    };
  });
}

/** The complete messages in `bytes`, as JSON texts. Throws on bytes outside messages, and on a message inside another. */
export function messagesOf(bytes: Uint8Array): string[] {
  const messages: string[] = [];
  for (let at = 0; at < bytes.length;) {
    const end = bytes.indexOf(3, at);
    const content = Buffer.from(bytes.subarray(at + 1, end < 0 ? bytes.length : end));
    if (bytes[at] !== 2 || content.includes(2)) throw new Error(`no message at ${at}: ${content.subarray(0, 100)}`);
    if (end < 0) break;
    messages.push(content.toString("utf8"));
    at = end + 1;
  }
  return messages;
}

/** A network with one listening port: `TCP` and `Listener` as the firmware gets them, `connect` as a client does. */
export class FakeNet {
  /** Listening throws this. */
  listenError: Error | undefined;
  /** Accepting throws this, once. */
  acceptError: Error | undefined;
  /** Opening an accepted connection throws this, once. */
  openError: Error | undefined;
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
    const FakeTCP = tcpClass<Callbacks, Connection>(() => {
      const error = net.openError;
      net.openError = undefined;
      if (error) throw error;
    });
    class FakeListener {
      #closed = false;
      constructor(options: { onReadable: (count: number) => void }) {
        if (net.listenError) throw net.listenError;
        net.listeners += 1;
        net.#onReadable = options.onReadable;
      }
      read(): Accepted<Connection> | undefined {
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
