// SPDX-License-Identifier: Apache-2.0
/** The board's end of the board link (docs/board-link.md): a Unix stream socket, and a channel for each peripheral. */
import { createServer, type Server, type Socket } from "node:net";
import type { FirmwareClock } from "./firmware-clock";
import { LockStepConnection } from "./lock-step";
import { encodeMessage, LineReader, LinkError, MessageReader } from "./messages";

const OPENING_LIMIT = 4096;
/** Longest line a firmware prints. */
const PRINT_LIMIT = 65_536;

/** A parsed opening line; its values are not checked. */
export type OpenRequest = Readonly<Record<string, unknown>>;

/** The peripheral cannot be opened. The message goes to the firmware as `{"error":…}`. */
export class OpenError extends Error {}

/** The firmware's peripheral instance, as the board serves it. Exactly one of the three `on…` inputs is used. */
export interface Channel {
  /** What is added to `{"ok":true}`. */
  readonly answer?: Readonly<Record<string, unknown>>;
  /** What the chip does before the peripheral is open: calls back when it is. */
  ready?(opened: () => void): void;
  /** Binary channels. @throws LinkError for what the channel does not know */
  onMessage?(type: string, payload: Buffer): void;
  /** Raw channels, and those that split into lines themselves. */
  onData?(bytes: Buffer): void;
  /** The connection has ended, from either side. Called once. */
  onClose(): void;
}

/** A connection as its channel sees it. Everything is safe after the end, and then does nothing. */
export interface Connection {
  send(type: string, payload?: Uint8Array): void;
  /** A message or bytes already encoded. */
  write(bytes: Uint8Array): void;
  /** Flow control of raw bytes. In lock-step: so many are out of the way, the firmware may send as many more. */
  taken(count: number): void;
  /** With an own connection: the firmware's next bytes wait until `resume`. */
  pause(): void;
  resume(): void;
  /** The board closes it. */
  end(): void;
  readonly open: boolean;
  /** Something written has not gone out yet: its buffer must stay as it is. */
  readonly waiting: boolean;
  /** The board's clock is the firmware's only one. */
  readonly lockStep: boolean;
  /** The channel's number in lock-step. */
  readonly channel: number;
}

export type Opener = (request: OpenRequest, connection: Connection) => Channel;

/** What carries a channel: a socket of its own, or a channel of lock-step. */
export interface Transport {
  readonly lockStep: boolean;
  /** Number in lock-step. */
  readonly channel: number;
  write(bytes: Uint8Array): void;
  taken(count: number): void;
  pause(): void;
  resume(): void;
  /** @param last sent before the end */
  end(last?: Uint8Array): void;
  readonly waiting: boolean;
}

export interface TransportEvents {
  onBytes(bytes: Buffer): void;
  /** It has ended, from the other side or with the board. */
  onEnd(): void;
}

class SocketTransport implements Transport {
  readonly lockStep = false;
  readonly channel = 0;
  readonly #socket: Socket;

  constructor(socket: Socket) {
    this.#socket = socket;
  }
  write(bytes: Uint8Array): void {
    this.#socket.write(bytes);
  }
  taken(): void {
    // The socket's buffers are the limit.
  }
  pause(): void {
    this.#socket.pause();
  }
  resume(): void {
    this.#socket.resume();
  }
  end(last?: Uint8Array): void {
    if (last) this.#socket.end(last);
    else this.#socket.destroy();
  }
  get waiting(): boolean {
    return this.#socket.writableLength > 0;
  }
}

class LinkConnection implements Connection, TransportEvents {
  open = true;
  readonly #transport: Transport;
  readonly #owner: BoardLink;
  readonly #beginLockStep: ((rest: Buffer) => void) | undefined;
  #channel: Channel | undefined;
  /** Bytes received before it is open. */
  #opening: Buffer = Buffer.alloc(0);
  #opened = false;
  #name = "a connection";
  readonly #reader = new MessageReader((type, payload) => {
    if (this.open) this.#channel?.onMessage?.(type, payload);
  });

  /** @param beginLockStep called with the bytes behind an opening that asks for it */
  constructor(transport: Transport, owner: BoardLink, beginLockStep?: (rest: Buffer) => void) {
    this.#transport = transport;
    this.#owner = owner;
    this.#beginLockStep = beginLockStep;
  }

  send(type: string, payload?: Uint8Array): void {
    this.write(encodeMessage(type, payload));
  }
  write(bytes: Uint8Array): void {
    if (this.open) this.#transport.write(bytes);
  }
  taken(count: number): void {
    if (this.open) this.#transport.taken(count);
  }
  pause(): void {
    this.#transport.pause();
  }
  resume(): void {
    this.#transport.resume();
  }
  get waiting(): boolean {
    return this.#transport.waiting;
  }
  get lockStep(): boolean {
    return this.#transport.lockStep;
  }
  get channel(): number {
    return this.#transport.channel;
  }

  end(last?: Uint8Array): void {
    if (!this.open) return;
    this.#transport.end(last);
    this.onEnd();
  }

  onEnd(): void {
    if (!this.open) return;
    this.open = false;
    this.#owner.forget(this);
    this.#channel?.onClose();
  }

  onBytes(bytes: Buffer): void {
    if (!this.open) return;
    try {
      if (!this.#transport.lockStep) this.#owner.onTraffic();
      if (this.#opened) this.#deliver(bytes);
      else if (this.#channel) this.#opening = Buffer.concat([this.#opening, bytes]);
      else this.#receiveOpening(bytes);
    } catch (error) {
      if (!(error instanceof LinkError)) throw error;
      this.#owner.onFault(`${this.#name}: ${error.message}; the connection is closed`);
      this.end();
    }
  }

  #deliver(bytes: Buffer): void {
    if (this.#channel?.onData) this.#channel.onData(bytes);
    else this.#reader.push(bytes);
  }

  #receiveOpening(chunk: Buffer): void {
    const bytes = Buffer.concat([this.#opening, chunk]);
    const end = bytes.indexOf(10);
    if (end > OPENING_LIMIT || (end < 0 && bytes.length > OPENING_LIMIT)) throw new LinkError("opening line too long");
    if (end < 0) {
      this.#opening = bytes;
      return;
    }
    try {
      const request = parseOpening(bytes.toString("utf8", 0, end));
      this.#name = String(request.open);
      if (!this.#owner.admits(this.#name, this)) return this.end();
      if (this.#name === LOCK_STEP && this.#beginLockStep) return this.#beginLockStep(bytes.subarray(end + 1));
      this.#channel = this.#owner.openerOf(this.#name)(request, this);
    } catch (error) {
      if (!(error instanceof OpenError)) throw error;
      this.#owner.onFault(`${this.#name} cannot be opened: ${error.message}`);
      return this.end(encodeLine({ error: error.message }));
    }
    this.#opening = bytes.subarray(end + 1);
    if (this.#channel.ready) this.#channel.ready(() => this.#answer());
    else this.#answer();
  }

  #answer(): void {
    if (!this.open) return;
    this.#opened = true;
    this.write(encodeLine({ ok: true, ...this.#channel?.answer }));
    if (this.#opening.length > 0) this.#deliver(this.#opening);
  }
}

function encodeLine(fields: Readonly<Record<string, unknown>>): Buffer {
  return Buffer.from(`${JSON.stringify(fields)}\n`);
}

function parseOpening(line: string): OpenRequest {
  let request: unknown;
  try {
    request = JSON.parse(line);
  } catch {
    throw new OpenError("the opening line is not JSON");
  }
  if (typeof request !== "object" || request === null || typeof (request as OpenRequest).open !== "string")
    throw new OpenError('the opening line has no "open"');
  return request as OpenRequest;
}

const LOCK_STEP = "lock-step";

/** The listening end. One per board; connections come from the firmware process. */
export class BoardLink {
  /** While false, everything that is opened is closed at once: the board has no power. */
  accepting = true;
  /** Openers beside the hardware: they work without power, and their connections do not count as the firmware's. */
  beside: ReadonlyMap<string, Opener> = new Map();
  /** What is added to the answer to a firmware that opens lock-step. */
  lockStepAnswer: Readonly<Record<string, unknown>> = {};
  /** Called before anything received is handled: brings the board's clock up to date. */
  onTraffic: () => void = () => undefined;
  /** Called with the reason when the firmware breaks the link's rules. */
  onFault: (text: string) => void = () => undefined;
  /** Called when the last of the firmware's connections has ended, from either side. */
  onIdle: () => void = () => undefined;
  /** Called with each line that a firmware in lock-step prints. */
  onPrint: (text: string) => void = () => undefined;
  readonly #openers: ReadonlyMap<string, Opener>;
  readonly #firmware: FirmwareClock;
  readonly #now: () => number;
  readonly #seed: () => number;
  readonly #connections = new Set<LinkConnection | LockStepConnection>();
  /** Those of `beside`, and without power those that have opened nothing yet. */
  readonly #others = new Set<LinkConnection>();
  #server: Server | undefined;

  /** @param now board time in microseconds; @param seed of the firmware's random numbers, u32, a new one at each call */
  constructor(openers: ReadonlyMap<string, Opener>, firmware: FirmwareClock, now: () => number, seed: () => number) {
    this.#openers = openers;
    this.#firmware = firmware;
    this.#now = now;
    this.#seed = seed;
  }

  /** @param path of the Unix socket, at most 107 bytes long (a limit of the operating system) */
  listen(path: string): Promise<void> {
    const server = createServer((socket) => this.#accept(socket));
    this.#server = server;
    return new Promise((resolve, reject) => {
      server.once("error", reject);
      server.listen(path, resolve);
    });
  }

  /** The firmware has ended or was reset: nothing of it stays open. */
  disconnect(): void {
    for (const connection of [...this.#connections]) connection.end();
  }

  close(): Promise<void> {
    this.accepting = false;
    this.disconnect();
    for (const connection of [...this.#others]) connection.end();
    const server = this.#server;
    return new Promise((resolve) => (server?.listening ? server.close(() => resolve()) : resolve()));
  }

  /** Sorts a connection by what it opens. @returns whether that can be open now */
  admits(name: string, connection: LinkConnection): boolean {
    const beside = this.beside.has(name);
    const [from, to] = beside ? [this.#connections, this.#others] : [this.#others, this.#connections];
    if ((beside || this.accepting) && from.delete(connection)) to.add(connection);
    return beside || this.accepting;
  }

  /** @throws OpenError */
  openerOf(name: string): Opener {
    const opener = this.#openers.get(name) ?? this.beside.get(name);
    if (!opener) throw new OpenError(`there is no ${JSON.stringify(name)} on the board link`);
    return opener;
  }

  forget(connection: LinkConnection | LockStepConnection): void {
    if (connection instanceof LinkConnection) this.#others.delete(connection);
    if (this.#connections.delete(connection) && this.#connections.size === 0) this.onIdle();
  }

  #accept(socket: Socket): void {
    const connection = new LinkConnection(new SocketTransport(socket), this, (rest) => {
      this.#connections.delete(connection);
      this.#beginLockStep(socket, rest);
    });
    (this.accepting ? this.#connections : this.#others).add(connection);
    socket.on("data", (chunk) => connection.onBytes(chunk));
    socket.on("error", () => connection.end());
    socket.on("close", () => connection.end());
  }

  #beginLockStep(socket: Socket, rest: Buffer): void {
    socket.removeAllListeners();
    if (this.#firmware.lockStep) return void socket.end(encodeLine({ error: "lock-step is in use" }));
    socket.write(encodeLine({ ok: true, seed: this.#seed(), ...this.lockStepAnswer }));
    const lines = new LineReader(PRINT_LIMIT);
    const connection: LockStepConnection = new LockStepConnection(socket, {
      firmware: this.#firmware,
      now: this.#now,
      sync: () => this.onTraffic(),
      accept: (transport) => new LinkConnection(transport, this),
      print: (text) => lines.push(Buffer.from(text)).forEach((line) => this.onPrint(line)),
      fault: (text) => this.onFault(text),
      closed: () => this.forget(connection),
    });
    this.#connections.add(connection);
    connection.begin(rest);
  }
}
