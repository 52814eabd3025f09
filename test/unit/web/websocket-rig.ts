// SPDX-License-Identifier: Apache-2.0
import type { Frame } from "modules/camera/frame";
import { Commands } from "modules/protocol/protocol";
import { Executor } from "modules/server/server";
import { SocketTransport } from "modules/server/transport";
import { LinkLoad } from "modules/server/link-load";
import { type Exchange, type Fields, type WebError } from "modules/web/exchange";
import type { FieldName } from "modules/web/http-head";
import { Opcode } from "modules/web/websocket-protocol";
import type { BinaryEncoder } from "modules/web/websocket-image";
import { WebSockets } from "modules/web/websockets";
import { recordingLog } from "../fakes/log";
import { VirtualTimers } from "../fakes/virtual-timers";
import { type FakeFrame, FakeServices, nodeBase64, nodeText } from "../protocol/fakes";
import { Connection } from "../server/fake-tcp";
import { clientFrame, type ClientFrame, plainCodec, PlainFrameReader, serverFrames } from "./websocket-peer";

export const UPGRADE: Readonly<Partial<Record<FieldName, string>>> = {
  upgrade: "websocket",
  connection: "keep-alive, Upgrade",
  "sec-websocket-version": "13",
  "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
};

/** Makes messages of `size` bytes that say which frame they are of, in which version and at which time. */
class FakeImage implements BinaryEncoder {
  #bytes = Buffer.alloc(0);
  #at = 0;
  #frame: FakeFrame | undefined;

  constructor(private readonly size: number) {}

  start(frame: Frame, version: 1 | 2, clock: number): number {
    this.stop();
    this.#frame = frame as FakeFrame;
    this.#frame.encoders += 1;
    const payload = Buffer.alloc(this.size);
    payload.write(`image ${frame.sequence} version ${version} at ${clock}`);
    this.#bytes = Buffer.from(plainCodec.frame(Opcode.Binary, payload));
    this.#at = 0;
    return this.#bytes.length;
  }

  read(target: Uint8Array): number {
    const piece = this.#bytes.subarray(this.#at, this.#at + target.length);
    target.set(piece);
    this.#at += piece.length;
    if (this.#at === this.#bytes.length) this.stop();
    return piece.length;
  }

  stop(): void {
    if (this.#frame) this.#frame.encoders -= 1;
    this.#frame = undefined;
  }
}

export interface RigOptions {
  readonly sendBuffer?: number;
  readonly fields?: Readonly<Partial<Record<FieldName, string | undefined>>>;
  /** Bytes that came behind the request. */
  readonly early?: Uint8Array;
  /** The connection is lost when it is handed over. */
  readonly upgradeError?: Error;
}

/** A client of the rig. */
export class Client {
  constructor(
    readonly connection: Connection,
    readonly transport: SocketTransport,
    /** Fields of the answer 101. */
    readonly fields: Fields,
  ) {}

  /** Sends commands as text messages: an object as JSON, a string as it is. */
  send(...commands: (object | string)[]): void {
    for (const command of commands)
      this.frame({ opcode: Opcode.Text, payload: typeof command === "string" ? command : JSON.stringify(command) });
  }

  frame(...frames: ClientFrame[]): void {
    for (const frame of frames) this.connection.write(clientFrame(frame));
  }

  /** Frames received, in words. */
  get received(): string[] {
    return serverFrames(this.connection.received).map(({ opcode, payload }) => {
      if (opcode === Opcode.Text) return payload.toString();
      if (opcode === Opcode.Binary) return payload.toString("latin1", 0, payload.indexOf(0));
      if (opcode === Opcode.Close) return payload.length === 0 ? "close" : `close ${payload.readUInt16BE(0)}`;
      return `${opcode === Opcode.Ping ? "ping" : "pong"} ${payload.toString()}`.trim();
    });
  }

  /** Frames since the last call. */
  #taken = 0;
  take(): string[] {
    const fresh = this.received.slice(this.#taken);
    this.#taken += fresh.length;
    return fresh;
  }
}

/** WebSockets over fake connections and fake services, in virtual time. */
export class Rig {
  readonly timers = new VirtualTimers();
  readonly services = new FakeServices();
  readonly logged = recordingLog();
  readonly clients: number[] = [];
  readonly streaming: boolean[] = [];
  readonly answered: string[] = [];
  readonly commands = new Commands(this.services, nodeBase64, this.logged.log);
  /** Buffers allocated. */
  memories = 0;
  readonly webSockets: WebSockets;

  constructor(imageBytes = 38_892) {
    this.webSockets = new WebSockets({
      services: this.services,
      commands: this.commands,
      executor: new Executor(),
      load: new LinkLoad(),
      text: nodeText,
      timers: this.timers,
      log: this.logged.log,
      codec: plainCodec,
      createReader: () => {
        this.memories += 1;
        return new PlainFrameReader();
      },
      createImage: () => new FakeImage(imageBytes),
    });
    this.webSockets.on("clients", (count) => this.clients.push(count));
    this.webSockets.on("streaming", (on) => this.streaming.push(on));
    this.commands.on("answered", (name) => this.answered.push(name));
  }

  /** Opens a WebSocket. @returns the status and fields of a refusal instead */
  tryConnect({ sendBuffer = 17_280, fields = {}, early, upgradeError }: RigOptions = {}):
    Client | { status: number; fields: Fields | undefined } {
    const connection = new Connection(this.timers, sendBuffer);
    let result: Client | { status: number; fields: Fields | undefined } | undefined;
    const head = { ...UPGRADE, ...fields };
    const exchange = {
      request: { method: "GET", path: "/ws", length: 0, field: (name: FieldName) => head[name] },
      query: {},
      upgrade: (answer: Fields) => {
        if (upgradeError) throw upgradeError;
        const transport = new SocketTransport((callbacks) => {
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
        result = new Client(connection, transport, answer);
        return transport;
      },
      fail: (status: number, _reason: string, answer?: Fields) => (result = { status, fields: answer }),
    } as unknown as Exchange;
    if (early) connection.write(early);
    try {
      void this.webSockets.handlers.websocket(exchange);
    } catch (error) {
      if (error === upgradeError) throw error;
      const { status, fields: answer } = error as WebError;
      return { status, fields: answer };
    }
    if (!result) throw new Error("not answered");
    return result;
  }

  connect(options: RigOptions = {}): Client {
    const client = this.tryConnect(options);
    if (!(client instanceof Client)) throw new Error(`refused with ${client.status}`);
    return client;
  }

  settle(): Promise<void> {
    return this.timers.advance(0);
  }

  /** Frames at the sensor's rate, for `count` of them. */
  async frames(count: number): Promise<void> {
    for (let i = 0; i < count; i++) {
      await this.timers.advance(114);
      this.services.frames.emit(this.timers.now());
      await this.settle();
    }
  }

  async stream(client: Client, args: object = {}): Promise<void> {
    client.send({ cmd: "stream_on", args });
    await this.settle();
    expect(client.take()).toEqual([info(1, "stream_on success")]);
  }
}

export const info = (value: number, text: string): string =>
  JSON.stringify({ cam_info: { info_value: value, info_string: text } });
