// SPDX-License-Identifier: Apache-2.0
/** A web server that plays the camera for its page: the test decides each frame, answer and loss. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { join } from "node:path";
import { buildPage, DOCUMENT, pageFolder } from "../../../tools/page";

export const COLUMNS = 160;
export const ROWS = 120;
const PIXELS = COLUMNS * ROWS;

const recording = JSON.parse(readFileSync(join(__dirname, "../../fixtures/lepton35-agc-off.tjsn"), "utf8")) as {
  radiometric: string;
  telemetry: string;
};
const wordsOf = (text: string): Uint16Array => {
  const bytes = Buffer.from(text, "base64");
  return Uint16Array.from({ length: bytes.length / 2 }, (_, i) => bytes.readUInt16LE(2 * i));
};

/** Telemetry words that tests change: rows A from 0, B from 80, C from 160. */
export const Word = { time: 1, status: 3, ffcTime: 30, linear: 208, spotMean: 210, spotBox: 214 } as const;
export const AGC = 1 << 12;

/** The recorded frame of a Lepton 3.5. */
export function recordedPixels(): Uint16Array {
  return wordsOf(recording.radiometric);
}

export function recordedTelemetry(): Uint16Array {
  return wordsOf(recording.telemetry);
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
    const accept = createHash("sha1")
      .update(`${request.headers["sec-websocket-key"]}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
      .digest("base64");
    socket.write(
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
        `Sec-WebSocket-Accept: ${accept}\r\nSec-WebSocket-Protocol: tcam.2\r\n\r\n`,
    );
    this.sockets.add(socket);
    socket.on("error", () => undefined).on("close", () => this.sockets.delete(socket));
    let bytes = Buffer.alloc(0);
    socket.on("data", (piece: Buffer) => {
      bytes = Buffer.concat([bytes, piece]);
      for (;;) {
        const message = readMessage(bytes);
        if (!message) return;
        bytes = bytes.subarray(message.length);
        if (message.opcode === 8) return void socket.end();
        if (message.opcode === 1) this.answer(socket, JSON.parse(message.text) as { cmd: string; args?: Args });
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

/** Writes a message of a WebSocket server: one frame, not masked. */
function write(socket: Socket, opcode: number, payload: Buffer): void {
  const head = Buffer.alloc(payload.length < 126 ? 2 : 4);
  head[0] = 0x80 | opcode;
  head[1] = Math.min(payload.length, 126);
  if (payload.length >= 126) head.writeUInt16BE(payload.length, 2);
  socket.write(Buffer.concat([head, payload]));
}

/** The first message of a browser: masked, shorter than 64 KiB. Undefined: not complete. */
function readMessage(bytes: Buffer): { opcode: number; text: string; length: number } | undefined {
  if (bytes.length < 6) return undefined;
  const short = (bytes[1] ?? 0) & 0x7f;
  const start = short === 126 ? 8 : 6;
  if (bytes.length < start) return undefined;
  const size = short === 126 ? bytes.readUInt16BE(2) : short;
  if (bytes.length < start + size) return undefined;
  const mask = bytes.subarray(start - 4, start);
  const payload = Buffer.from(bytes.subarray(start, start + size)).map((byte, i) => byte ^ (mask[i & 3] ?? 0));
  return { opcode: (bytes[0] ?? 0) & 15, text: Buffer.from(payload).toString("utf8"), length: start + size };
}
