// SPDX-License-Identifier: Apache-2.0
import { connect } from "node:net";
import type { Duplex } from "node:stream";
import { Random } from "../../../simulator/lepton";
import {
  clientFrame,
  type ClientFrame,
  plainCodec,
  type ServerFrame,
  serverFrames,
} from "../../unit/web/websocket-peer";

export interface WebSocketOptions {
  readonly protocol?: string;
  /** Further header fields. */
  readonly fields?: Readonly<Record<string, string>>;
}

/** Head of the answer to a request for a WebSocket. */
export class RefusedError extends Error {
  constructor(readonly status: number) {
    super(`refused with ${status}`);
  }
}

/** A WebSocket client for tests. Frames are checked as they come. */
export class WebSocketClient {
  /** Bytes after the last whole frame. */
  #rest = Buffer.alloc(0);
  readonly #frames: ServerFrame[] = [];
  #wake: (() => void) | undefined;
  #ended = false;
  /** The same in each run: a failure can be repeated. */
  readonly #masks = new Random(2);

  private constructor(
    readonly socket: Duplex,
    /** Fields of the answer, names in lower case. */
    readonly fields: ReadonlyMap<string, string>,
    early: Buffer,
  ) {
    this.#take(early);
    socket.on("data", (bytes: Buffer) => this.#take(bytes));
    for (const event of ["end", "close", "error"]) {
      socket.on(event, () => {
        this.#ended = true;
        this.#wake?.();
      });
    }
  }

  /** @throws RefusedError */
  static async open(port: number, host: string, options: WebSocketOptions = {}): Promise<WebSocketClient> {
    return WebSocketClient.over(connect({ host, port, noDelay: true }), `${host}:${port}`, options);
  }

  /** @param socket one that is connected or connects @throws RefusedError */
  static async over(
    socket: Duplex,
    host: string,
    { protocol, fields = {} }: WebSocketOptions,
  ): Promise<WebSocketClient> {
    const key = randomBytes(new Random(1), 16).toString("base64");
    const lines = {
      Host: host,
      Upgrade: "websocket",
      Connection: "Upgrade",
      "Sec-WebSocket-Version": "13",
      "Sec-WebSocket-Key": key,
      ...(protocol !== undefined && { "Sec-WebSocket-Protocol": protocol }),
      ...fields,
    };
    const text = Object.entries(lines).map(([name, value]) => `${name}: ${value}\r\n`);
    socket.write(`GET /ws HTTP/1.1\r\n${text.join("")}\r\n`);
    const { head, rest } = await readHead(socket);
    const [status = "", ...answer] = head.split("\r\n");
    if (!status.startsWith("HTTP/1.1 101 ")) {
      socket.destroy();
      throw new RefusedError(Number(status.split(" ")[1]));
    }
    const received = new Map(
      answer.map((line) => line.split(": ") as [string, string]).map(([n, v]) => [n.toLowerCase(), v]),
    );
    if (received.get("sec-websocket-accept") !== plainCodec.accept(key)) throw new Error("wrong Sec-WebSocket-Accept");
    return new WebSocketClient(socket, received, rest);
  }

  /** The camera has closed the connection, and all frames were read. */
  get over(): boolean {
    return this.#ended && this.#frames.length === 0;
  }

  send(...commands: (object | string)[]): void {
    for (const command of commands)
      this.frame({ opcode: 1, payload: typeof command === "string" ? command : JSON.stringify(command) });
  }

  frame(frame: ClientFrame): void {
    this.socket.write(clientFrame({ mask: randomBytes(this.#masks, 4), ...frame }));
  }

  /** The next frame; pings are answered and not given. @throws Error at the end */
  async next(): Promise<ServerFrame> {
    for (;;) {
      const frame = this.#frames.shift();
      if (frame?.opcode === 9) this.frame({ opcode: 10, payload: frame.payload });
      else if (frame) return frame;
      else if (this.#ended) throw new Error("the camera closed the connection");
      else await this.#wait();
    }
  }

  /** The next text message as JSON. @throws Error when another frame comes */
  async answer(): Promise<Record<string, unknown>> {
    const { opcode, payload } = await this.next();
    if (opcode !== 1) throw new Error(`frame ${opcode} in place of a text`);
    return JSON.parse(payload.toString()) as Record<string, unknown>;
  }

  async call(cmd: string, args?: object): Promise<Record<string, unknown>> {
    this.send({ cmd, ...(args && { args }) });
    return this.answer();
  }

  /** The next `count` images. @throws Error when another frame comes */
  async images(count: number): Promise<Buffer[]> {
    const images = [];
    while (images.length < count) {
      const { opcode, payload } = await this.next();
      if (opcode !== 2) throw new Error(`frame ${opcode} in place of an image: ${payload.toString()}`);
      images.push(payload);
    }
    return images;
  }

  /** Resolves when the camera has closed the connection. */
  async ended(): Promise<void> {
    while (!this.#ended) await this.#wait();
  }

  close(): void {
    this.socket.destroy();
  }

  #take(bytes: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, bytes]);
    const frames = serverFrames(this.#rest);
    const length = frames.reduce((sum, { payload }) => sum + payload.length + (payload.length < 126 ? 2 : 4), 0);
    this.#frames.push(...frames.map(({ opcode, payload }) => ({ opcode, payload: Buffer.from(payload) })));
    this.#rest = Buffer.from(this.#rest.subarray(length));
    this.#wake?.();
  }

  #wait(): Promise<void> {
    return new Promise((resolve) => (this.#wake = resolve));
  }
}

function randomBytes(random: Random, count: number): Buffer {
  return Buffer.from(Array.from({ length: count }, () => random.below(256)));
}

function readHead(socket: Duplex): Promise<{ head: string; rest: Buffer }> {
  return new Promise((resolve, reject) => {
    let bytes = Buffer.alloc(0);
    const fail = (error?: Error): void =>
      reject(error ?? new Error("the camera closed the connection in the handshake"));
    const onData = (part: Buffer): void => {
      bytes = Buffer.concat([bytes, part]);
      const end = bytes.indexOf("\r\n\r\n");
      if (end < 0) return;
      socket.off("data", onData).off("error", fail).off("end", fail);
      resolve({ head: bytes.toString("latin1", 0, end), rest: bytes.subarray(end + 4) });
    };
    socket.on("data", onData).on("error", fail).on("end", fail);
  });
}
