// SPDX-License-Identifier: Apache-2.0
/** A web server that plays the camera for its page: the test decides each frame, answer and loss. */
import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { join } from "node:path";
import { buildPage, DOCUMENT, pageFolder } from "../../../tools/page";
import { ThermalImage } from "../../../tools/tcam/image";
import { plainCodec, PlainFrameReader } from "../../unit/web/websocket-peer";

export const COLUMNS = 160;
export const ROWS = 120;
const PIXELS = COLUMNS * ROWS;

const recording = new ThermalImage(readFileSync(join(__dirname, "../../fixtures/lepton35-agc-off.tjsn"), "utf8"));

/** Telemetry words that tests change: rows A from 0, B from 80, C from 160. */
export const Word = {
  time: 1,
  status: 3,
  ffcTime: 30,
  linear: 208,
  resolution: 209,
  spotMean: 210,
  spotBox: 214,
} as const;
export const AGC = 1 << 12;

/** The recorded frame of a Lepton 3.5. */
export function recordedPixels(): Uint16Array {
  return recording.pixels.slice();
}

export function recordedTelemetry(): Uint16Array {
  return recording.telemetry.slice();
}

export interface SentFrame {
  readonly pixels: Uint16Array;
  readonly telemetry?: Uint16Array;
  /** Of the message's header, beside "has telemetry". */
  readonly flags?: number;
}

export const Flag = { disturbed: 4, agc: 8 } as const;

/** A binary image message of version 2, uncompressed. */
export function imageMessage(
  { pixels, telemetry = recordedTelemetry(), flags = 0 }: SentFrame,
  sequence: number,
): Buffer {
  const message = Buffer.alloc(40 + 480 + 2 * PIXELS);
  message.write("TCAM", 0, "latin1");
  message[4] = 2;
  message[5] = 1 | flags;
  message.writeUInt16LE(480, 6);
  message.writeUInt32LE(2 * PIXELS, 8);
  message.writeUInt32LE(sequence, 12);
  let [min, max, sum] = [0, 0, 0];
  pixels.forEach((value, i) => {
    if (value < (pixels[min] ?? 0)) min = i;
    if (value > (pixels[max] ?? 0)) max = i;
    sum += value;
  });
  message.writeUInt16LE(pixels[min] ?? 0, 28);
  message.writeUInt16LE(pixels[max] ?? 0, 30);
  message.writeUInt16LE(Math.round(sum / PIXELS), 32);
  message.writeUInt16LE(telemetry[Word.spotMean] ?? 0, 34);
  [min, max].forEach((at, i) => message.set([Math.floor(at / COLUMNS), at % COLUMNS], 36 + 2 * i));
  telemetry.forEach((word, i) => message.writeUInt16LE(word, 40 + 2 * i));
  pixels.forEach((word, i) => message.writeUInt16LE(word, 520 + 2 * i));
  return message;
}

type Args = Record<string, unknown>;

export class FakeCamera {
  readonly commands: { cmd: string; args?: Args }[] = [];
  readonly requests: string[] = [];
  /** Answers by path, instead of 404. */
  readonly routes = new Map<string, (request: IncomingMessage, response: ServerResponse) => void>();
  status = { Camera: "tCam-Mini-EFB5", Model: 262146, Version: "4.0", Time: "00:00:01.000", Date: "1/1/70" };
  config = { agc_enabled: 0, emissivity: 98, gain_mode: 0 };
  wifi = {
    ap_ssid: "tCam-Mini-EFB5",
    sta_ssid: "Home",
    flags: 15,
    ap_ip_addr: "192.168.4.1",
    sta_ip_addr: "192.168.4.2",
    sta_netmask: "255.255.255.0",
    cur_ip_addr: "192.168.4.1",
  };
  /** Refuses a command with this reason. */
  refusal: { readonly cmd: string; readonly reason: string } | undefined;
  /** All places for WebSockets are taken. */
  full = false;
  private readonly sockets = new Set<Socket>();
  private sequence = 0;
  private changed: () => void = () => undefined;

  private constructor(private readonly server: Server) {}

  static async start(port = 0): Promise<FakeCamera> {
    buildPage();
    const server = createServer();
    const camera = new FakeCamera(server);
    server.on("request", (request: IncomingMessage, response: ServerResponse) => camera.serve(request, response));
    server.on("upgrade", (request: IncomingMessage, socket: Socket) => camera.upgrade(request, socket));
    await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
    return camera;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/`;
  }

  async stop(): Promise<void> {
    this.drop();
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  /** Waits for a command. */
  async commanded(cmd: string): Promise<Args | undefined> {
    return (await this.wait(() => this.commands.find((one) => one.cmd === cmd))).args;
  }

  /** Sends a frame to all pages. @returns its sequence number */
  send(frame: SentFrame): number {
    const message = imageMessage(frame, ++this.sequence);
    for (const socket of this.sockets) write(socket, 2, message);
    return this.sequence;
  }

  /** Closes the pages' connections, as a camera does that restarts. */
  drop(): void {
    for (const socket of this.sockets) socket.destroy();
    this.sockets.clear();
  }

  private async wait<T>(find: () => T | undefined): Promise<T> {
    for (;;) {
      const found = find();
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => (this.changed = resolve));
    }
  }

  private serve(request: IncomingMessage, response: ServerResponse): void {
    const path = (request.url ?? "").split("?")[0] ?? "";
    this.requests.push(`${request.method} ${path}`);
    const route = this.routes.get(path);
    if (route) return route(request, response);
    if (path !== "/")
      return void response.writeHead(404, { "Content-Type": "application/json" }).end('{"error":"none"}');
    response.writeHead(200, { "Content-Type": "text/html; charset=utf-8" });
    response.end(readFileSync(join(pageFolder, DOCUMENT)));
  }

  private upgrade(request: IncomingMessage, socket: Socket): void {
    if (this.full) return void socket.end("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n");
    const accept = plainCodec.accept(request.headers["sec-websocket-key"] ?? "");
    socket.write(
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
        `Sec-WebSocket-Accept: ${accept}\r\nSec-WebSocket-Protocol: tcam.2\r\n\r\n`,
    );
    this.sockets.add(socket);
    socket.on("error", () => undefined).on("close", () => this.sockets.delete(socket));
    const reader = new PlainFrameReader();
    socket.on("data", (piece: Buffer) => {
      for (let at = 0; at < piece.length;) {
        at = reader.feed(piece, at, piece.length);
        if (reader.event >= 1000) return void socket.destroy();
        if (reader.event === 8) return void socket.end();
        if (reader.event === 1) this.answer(socket, JSON.parse(reader.text ?? "") as { cmd: string; args?: Args });
      }
    });
  }

  private answer(socket: Socket, request: { cmd: string; args?: Args }): void {
    const { cmd, args } = request;
    const refused = this.refusal?.cmd === cmd ? this.refusal.reason : undefined;
    if (refused === undefined && cmd === "set_config") Object.assign(this.config, args);
    const info = {
      cam_info:
        refused === undefined
          ? { info_value: 1, info_string: `${cmd} success` }
          : { info_value: 0, info_string: `${cmd} failed: ${refused}` },
    };
    const data: Record<string, object> = {
      get_status: { status: this.status },
      get_config: { config: this.config },
      get_wifi: { wifi: this.wifi },
    };
    write(socket, 1, Buffer.from(JSON.stringify(refused === undefined ? (data[cmd] ?? info) : info)));
    this.commands.push(request);
    this.changed();
  }
}

function write(socket: Socket, opcode: number, payload: Uint8Array): void {
  socket.write(plainCodec.frame(opcode, payload));
}
