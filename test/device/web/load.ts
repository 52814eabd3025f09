// SPDX-License-Identifier: Apache-2.0
/** Load on a camera's web server, and the engine's heap after it. The camera is on the virtual network. */
import { once } from "node:events";
import type { VirtualSocket } from "../../../simulator/board/network/socket";
import type { VirtualCamera } from "../../../simulator/board/virtual-camera";
import { encodeMessage } from "../../../tools/tcam/messages";
import { answersOf, request } from "../../unit/web/answers";
import { clientFrame } from "../../unit/web/websocket-peer";
import { boardTime, pass } from "../board-time";
import { get } from "./files-rig";

/** What is in use after a garbage collection. */
export interface Heap {
  readonly slotsUsed: number;
  readonly chunkBytes: number;
  /** Property names known. */
  readonly keys: number;
}

/** The first measurement of a camera creates names, and is not used. */
export async function heapOf(camera: VirtualCamera): Promise<Heap> {
  await measureHeap(camera);
  return measureHeap(camera);
}

async function measureHeap(camera: VirtualCamera): Promise<Heap> {
  const { pid } = camera.board.chip;
  if (pid === undefined) throw new Error("the firmware does not run");
  const after = camera.log.at(-1)?.number ?? 0;
  process.kill(pid, "SIGUSR1");
  const { text } = await camera.waitForLog(/\{"heap":/, 600_000, after);
  return (JSON.parse(text.slice(text.indexOf('{"heap":'))) as { heap: Heap }).heap;
}

/** Requests of one connection. */
const BUNCH = 25;
const CONNECTIONS = 4;

/** Requests of one connection, some of them refused. */
function bunch(number: number): string {
  const json = { "Content-Type": "application/json" };
  const command = (text: string): string => request("POST /api/v1/command", json, text);
  // The body of a refused request is not read, and ends the connection: no such request but the last.
  const few = [
    request("GET /api/v1/config"),
    request("GET /api/v1/device", { [`X-Made-Up-${number}`]: "1" }),
    request(`GET /api/v1/log?since=1000000&made-up-${number}=1`),
    request("GET /api/v1/wifi", { Origin: "http://evil.example" }),
    request(`GET /nothing-${number}`),
    request("GET /api/v1/thermal"),
    request("PUT /api/v1/config", json, `{"made_up_${number}":1}`),
    command('{"cmd":"get_status"}'),
    command(`{"cmd":"unknown-${number}"}`),
    command(`{"broken-${number}`),
    request("OPTIONS /api/v1/config"),
  ];
  const all = Array.from({ length: BUNCH - 1 }, (_, i) => few[i % few.length] as string);
  const last = request("PUT /api/v1/config", { ...json, Origin: "http://evil.example" }, "{}");
  return [...all, last].join("");
}

async function send(camera: VirtualCamera, bytes: string): Promise<number> {
  const socket = camera.connect(80);
  const parts: Buffer[] = [];
  socket.on("data", (part: Buffer) => parts.push(part));
  const ended = once(socket, "close");
  await once(socket, "connect");
  socket.write(bytes);
  await ended;
  const answers = answersOf(Buffer.concat(parts));
  for (const { status } of answers) if (status >= 500) throw new Error(`an answer of ${status}`);
  return answers.length;
}

/** Sends so many requests or some more, over four connections at a time. @returns their number */
export async function sendRequests(camera: VirtualCamera, count: number): Promise<number> {
  let sent = 0;
  let number = 0;
  const work = async (): Promise<void> => {
    while (sent < count) sent += await send(camera, bunch(number++));
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, work));
  return sent;
}

/** A client that only receives. */
class Tap {
  bytes = 0;

  private constructor(
    readonly name: string,
    /** Bytes of one image at least. */
    readonly size: number,
    readonly socket: VirtualSocket,
  ) {
    socket.on("data", (part: Buffer) => (this.bytes += part.length));
  }

  static async open(camera: VirtualCamera, name: string, size: number, port: number, text: string): Promise<Tap> {
    const tap = new Tap(name, size, camera.connect(port));
    await once(tap.socket, "connect");
    tap.socket.write(text);
    return tap;
  }

  keepAlive(): void {
    this.socket.write(clientFrame({ opcode: 10, payload: "", mask: Buffer.alloc(4) }));
  }
}

const FILES = ["raw", "tiff", "npy", "png16", "csv", "tjsn"].map((format) => `/image.${format}`);
const PATHS = [...FILES, "/snapshot.jpg?scale=2", "/snapshot.png", "/raw", "/"];
/** Milliseconds of board time between two downloads, and between two signs of life of WebSockets. */
const INTERVAL = 3_000;

function openWebSocket(camera: VirtualCamera, version: 1 | 2): Promise<Tap> {
  const fields = {
    Upgrade: "websocket",
    Connection: "Upgrade",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    ...(version === 2 && { "Sec-WebSocket-Protocol": "tcam.2" }),
  };
  const size = version === 1 ? 38_896 : 1_000;
  return Tap.open(camera, `WebSocket, version ${version}`, size, 80, request("GET /ws", fields));
}

/**
 * Every kind of stream at once for a while of board time, and a download of each kind from time to time: four WebSockets,
 * four tCam clients, two viewers of MJPEG, one of events. Then all leave.
 * @returns images of each stream, from its bytes, as a share of the sensor's frames
 */
export async function streamEverything(camera: VirtualCamera, milliseconds: number): Promise<Record<string, number>> {
  const webSockets = await Promise.all(([1, 1, 2, 2] as const).map((version) => openWebSocket(camera, version)));
  const on = { cmd: "stream_on" };
  for (const { socket } of webSockets)
    socket.write(clientFrame({ opcode: 1, payload: JSON.stringify(on), mask: Buffer.alloc(4) }));
  const rest = await Promise.all([
    ...[1, 2, 3, 4].map((i) => Tap.open(camera, `tCam client ${i}`, 51_000, camera.port, encodeMessage(on).toString())),
    ...[1, 2].map((scale) => Tap.open(camera, `MJPEG ${scale}`, 500, 80, request(`GET /stream.mjpg?scale=${scale}`))),
  ]);
  const events = await Tap.open(camera, "events", 1, 80, request("GET /api/v1/events"));
  const taps = [...webSockets, ...rest];
  await pass(camera, 1_000);
  const { lepton } = camera.board;
  const begun = lepton.state().frames;
  for (const tap of taps) tap.bytes = 0;
  const end = boardTime(camera) + milliseconds;
  for (let i = 0; boardTime(camera) < end; i++) {
    for (const tap of webSockets) tap.keepAlive();
    const { status } = await get(camera, PATHS[i % PATHS.length] as string);
    if (status !== 200) throw new Error(`${PATHS[i % PATHS.length]}: ${status}`);
    await pass(camera, Math.min(INTERVAL, end - boardTime(camera)));
  }
  const frames = lepton.state().frames - begun;
  const shares = taps.map(({ name, bytes, size }) => [name, bytes / size / frames] as const);
  for (const { socket } of [...taps, events]) socket.destroy();
  await pass(camera, 2_000);
  return Object.fromEntries(shares);
}
