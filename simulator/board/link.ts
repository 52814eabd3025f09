// SPDX-License-Identifier: Apache-2.0
/** The board's end of the board link (docs/board-link.md): a Unix stream socket on which every connection is one peripheral. */
import { createServer, type Server, type Socket } from "node:net";
import { encodeMessage, LinkError, MessageReader } from "./messages";

const OPENING_LIMIT = 4096;

/** What the firmware asked to open, as parsed from its opening line; nothing in it is checked yet. */
export type OpenRequest = Readonly<Record<string, unknown>>;

/** The peripheral cannot be opened. The message goes to the firmware as `{"error":…}`. */
export class OpenError extends Error {}

/** The firmware's peripheral instance, as the board serves it. Exactly one of the three `on…` inputs is used. */
export interface Channel {
  /** What is added to `{"ok":true}`. */
  readonly answer?: Readonly<Record<string, unknown>>;
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
  /** A message or bytes already encoded. @returns false when the socket's buffer is full */
  write(bytes: Uint8Array): boolean;
  /** Calls back when what was written has gone out, after `write` returned false. */
  onDrain(callback: () => void): void;
  pause(): void;
  resume(): void;
  /** The board closes it. */
  end(): void;
  readonly open: boolean;
  /** Something written has not gone out yet: its buffer must stay as it is. */
  readonly waiting: boolean;
}

export type Opener = (request: OpenRequest, connection: Connection) => Channel;

class LinkConnection implements Connection {
  open = true;
  readonly #socket: Socket;
  readonly #owner: BoardLink;
  #channel: Channel | undefined;
  #opening: Buffer = Buffer.alloc(0);
  #name = "a connection";
  readonly #reader = new MessageReader((type, payload) => {
    if (this.open) this.#channel?.onMessage?.(type, payload);
  });

  constructor(socket: Socket, owner: BoardLink) {
    this.#socket = socket;
    this.#owner = owner;
    socket.on("data", (chunk) => this.#receive(chunk));
    socket.on("error", () => this.end());
    socket.on("close", () => this.end());
  }

  send(type: string, payload?: Uint8Array): void {
    this.write(encodeMessage(type, payload));
  }
  write(bytes: Uint8Array): boolean {
    return !this.open || this.#socket.write(bytes);
  }
  onDrain(callback: () => void): void {
    this.#socket.once("drain", callback);
  }
  get waiting(): boolean {
    return this.#socket.writableLength > 0;
  }
  pause(): void {
    this.#socket.pause();
  }
  resume(): void {
    this.#socket.resume();
  }

  end(): void {
    if (!this.open) return;
    this.open = false;
    this.#socket.destroy();
    this.#owner.forget(this);
    this.#channel?.onClose();
  }

  #receive(chunk: Buffer): void {
    if (!this.open) return;
    try {
      this.#owner.onTraffic();
      if (!this.#channel) this.#receiveOpening(chunk);
      else this.#deliver(chunk);
    } catch (error) {
      if (!(error instanceof LinkError)) throw error;
      this.#owner.onFault(`${this.#name}: ${error.message}; the connection is closed`);
      this.end();
    }
  }

  #deliver(chunk: Buffer): void {
    if (this.#channel?.onData) this.#channel.onData(chunk);
    else this.#reader.push(chunk);
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
      this.#channel = this.#owner.openerOf(this.#name)(request, this);
    } catch (error) {
      if (!(error instanceof OpenError)) throw error;
      this.#owner.onFault(`${this.#name} cannot be opened: ${error.message}`);
      this.#socket.end(`${JSON.stringify({ error: error.message })}\n`);
      this.open = false;
      this.#owner.forget(this);
      return;
    }
    this.#socket.write(`${JSON.stringify({ ok: true, ...this.#channel.answer })}\n`);
    if (bytes.length > end + 1) this.#deliver(bytes.subarray(end + 1));
  }
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

/** The listening end. One per board; connections come from the firmware process. */
export class BoardLink {
  /** While false, every connection is closed at once: the board has no power. */
  accepting = true;
  /** Called before anything received is handled: brings the board's clock up to date. */
  onTraffic: () => void = () => undefined;
  /** Called with what the firmware did wrong. */
  onFault: (text: string) => void = () => undefined;
  /** Called when the last of the firmware's connections has ended, from either side. */
  onIdle: () => void = () => undefined;
  readonly #openers: ReadonlyMap<string, Opener>;
  readonly #connections = new Set<LinkConnection>();
  #server: Server | undefined;

  constructor(openers: ReadonlyMap<string, Opener>) {
    this.#openers = openers;
  }

  /** @param path of the Unix socket, at most 107 bytes long (a limit of the operating system) */
  listen(path: string): Promise<void> {
    const server = createServer((socket) => {
      if (this.accepting) this.#connections.add(new LinkConnection(socket, this));
      else socket.destroy();
    });
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
    const server = this.#server;
    return new Promise((resolve) => (server?.listening ? server.close(() => resolve()) : resolve()));
  }

  /** @throws OpenError */
  openerOf(name: string): Opener {
    const opener = this.#openers.get(name);
    if (!opener) throw new OpenError(`there is no ${JSON.stringify(name)} on the board link`);
    return opener;
  }

  forget(connection: LinkConnection): void {
    if (this.#connections.delete(connection) && this.#connections.size === 0) this.onIdle();
  }
}
