// SPDX-License-Identifier: Apache-2.0

/*
 * Runs what the firmware does for its clients, with the capture and the clients of model.c: from a frame to the bytes in the send buffers,
 * from a command's bytes to those of its answer. ../count.ts counts each part and prints what it is.
 */
import Instrumentation from "../../../../platforms/linux/xs/modules/instrumentation";
import { DeviceTimers } from "drivers/timers/device-timers";
import type { Lepton, LeptonIdentity } from "drivers/lepton/lepton";
import TCP from "embedded:io/socket/tcp";
import type ListenerClass from "embedded:io/socket/listener";
import { Camera } from "modules/camera/camera";
import { Clock } from "modules/clock/clock";
import { createContext } from "modules/context/context";
import { Emitter } from "modules/events/emitter";
import { Base64 } from "modules/protocol/base64";
import { ETX, STX } from "modules/protocol/framing";
import { CameraIdentity } from "modules/protocol/identity";
import { engineText } from "modules/protocol/text";
import type { CameraConfig, Services, UpdateClient } from "modules/protocol/services";
import { openSessions } from "modules/server/open-sessions";
import { PORT, Server } from "modules/server/server";
import { CAMERA_SETTINGS, defaultsOf } from "modules/settings/table";
import { Web } from "modules/web/web";
import {
  acknowledgeAtOnce,
  begin,
  Capture,
  end,
  finish,
  lastByte,
  Listener,
  received,
  send,
  settled,
  webSocketFrame,
} from "./model";
import Time from "./time";
import Timer from "./timer";

const FRAME_MS = 114;
/** Frames and commands of a part that are counted; those before them run code for the first time. */
const COUNTED = 100;
const WARM_UP = 10;
const CLIENTS = 4;
const CHUNK = 8_192;
const WEB_PORT = 80;
const HANDSHAKE = [
  ...["GET /ws HTTP/1.1", "Host: 192.168.4.1", "Upgrade: websocket", "Connection: Upgrade"],
  ...[
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Protocol: tcam.2",
    "",
    "",
  ],
].join("\r\n");

const context = createContext(
  new DeviceTimers(),
  () => 0.5,
  (line) => trace(line),
);
const sensor: LeptonIdentity = { partNumber: "500-0771-01", model: "3.5", radiometric: true };
let capture: Capture | undefined;
const camera = new Camera({
  ...context.part("camera"),
  store: { read: () => defaultsOf<CameraConfig>(CAMERA_SETTINGS), write: () => undefined },
  reset: undefined,
  poweredAt: 0,
  openLepton: () => ({ identity: sensor, hold: () => undefined, initialize: async () => sensor }) as unknown as Lepton,
  openVoSPI: (callbacks) => (capture = new Capture(callbacks)),
});

class NoUpdate extends Emitter<{ stage: [stage: string] }> {
  readonly notice = undefined;
  async request(): Promise<void> {}
  gone(): void {}
  chunk(client: UpdateClient, start: number, data: Uint8Array): void {
    client.requestChunk(start + data.length, CHUNK);
  }
}

const update = new NoUpdate();
const network = { name: "tCam-Mini-EFB5", hostName: "tcam-mini-efb5" };
const services: Services = {
  identity: new CameraIdentity(network, camera, "wifi", "4.0"),
  camera,
  frames: camera,
  clock: new Clock(context.timers),
  network: {
    describe: () => ({
      ...{ ap_ssid: network.name, sta_ssid: "", flags: 15, ap_ip_addr: "192.168.4.1", sta_ip_addr: "192.168.4.2" },
      ...{ sta_netmask: "255.255.255.0", cur_ip_addr: "192.168.4.1" },
    }),
    configure: async () => () => undefined,
  },
  update,
};
const sessions = openSessions(context, services);
const sockets = { Listener: Listener as unknown as typeof ListenerClass, TCP };
const { faults } = context.part("server");
const server = new Server({ ...sessions, ...sockets, faults });
const web = Web.open(
  context,
  { listener: sockets.Listener, tcp: TCP },
  { restart: () => undefined },
  { network, camera, update },
  sessions,
);

async function pass(milliseconds: number): Promise<void> {
  Time.ticks += milliseconds;
  Timer.run();
  await settled();
}

async function frame(): Promise<void> {
  if (!capture) throw new Error("no capture");
  Time.ticks += FRAME_MS;
  capture.publish(Time.ticks);
  await settled();
}

/** By kind of client. */
type Kinds = readonly (readonly number[])[];

/** @returns bytes a step of a client, by kind @throws Error unless all of a kind got the same whole number above 0 */
function bytesOfStep(name: string, before: Kinds, after: Kinds): number[] {
  return after.map((kind, i) => {
    const each = kind.map((bytes, j) => (bytes - (before[i]?.[j] ?? 0)) / COUNTED);
    const [first = 0] = each;
    if (first > 0 && Number.isInteger(first) && each.every((bytes) => bytes === first)) return first;
    throw new Error(`${name}: ${each.join(" ")} bytes a step`);
  });
}

/** Counts a part. @param kinds its clients: those of a kind get the same bytes @param step does it once */
async function count(name: string, kinds: Kinds, step: () => Promise<void>): Promise<void> {
  const bytes = (): Kinds => kinds.map((clients) => clients.map(received));
  for (let i = 0; i < WARM_UP; i++) await step();
  const before = bytes();
  Instrumentation.collect(); // so that as many garbage collections follow in each run
  begin();
  for (let i = 0; i < COUNTED; i++) await step();
  end(name, COUNTED);
  trace(`${name}: ${bytesOfStep(name, before, bytes()).join(" ")} bytes a step\n`);
}

function command(cmd: string, args?: object): Uint8Array {
  const json = JSON.stringify({ cmd, ...(args && { args }) });
  return engineText.encode(`${String.fromCharCode(STX)}${json}${String.fromCharCode(ETX)}`);
}

async function connect(): Promise<number> {
  const client = Listener.connect(PORT);
  await settled();
  return client;
}

async function browser(): Promise<number> {
  const client = Listener.connect(WEB_PORT);
  send(client, engineText.encode(HANDSHAKE));
  await settled();
  send(client, webSocketFrame('{"cmd":"stream_on"}'));
  await settled();
  return client;
}

async function ask(client: number, bytes: Uint8Array): Promise<void> {
  send(client, bytes);
  await settled();
  if (lastByte(client) !== ETX) throw new Error("no answer");
}

camera.start();
server.start();
web.start();
for (let i = 0; i < 20; i++) await pass(100);

await count("nothing", [], settled);
await count("frame", [], frame);
const clients = [await connect()];
const [first = 0] = clients;
const status = command("get_status");
await count("status", [clients], () => ask(first, status));
const data = Base64.encode(Uint8Array.from({ length: CHUNK }, (_, i) => (i * 40_503) >> 8));
const chunk = command("fw_segment", { start: 0, length: CHUNK, data });
await count("chunk", [clients], () => ask(first, chunk));
await ask(first, command("stream_on"));
await count("stream", [clients], frame);
acknowledgeAtOnce(true);
await count("stream-at-once", [clients], frame);
acknowledgeAtOnce(false);
while (clients.length < CLIENTS) {
  const client = await connect();
  await ask(client, command("stream_on"));
  clients.push(client);
}
await count("streams", [clients], frame);
const browsers: number[] = [];
while (browsers.length < CLIENTS) browsers.push(await browser());
await count("streams-and-browsers", [clients, browsers], frame);
finish();
