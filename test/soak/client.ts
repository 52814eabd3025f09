// SPDX-License-Identifier: Apache-2.0
/** Clients of a soak: over TCP and WebSocket. Each checks every image, and that each command has one answer, in order. */
import { ThermalImage } from "../../tools/tcam/image";
import { encodeText, MessageReader } from "../../tools/tcam/messages";
import type { VirtualSocket } from "../../simulator/board/network/socket";
import { type Picture, sensorTime, wholeFrame } from "../device/camera/rig";
import { decodeVersion1, decodeVersion2 } from "../device/web/binary-image";
import { WebSocketClient } from "../device/web/websocket-client";
import type { World } from "./world";

/** Milliseconds of board time to an answer, while the network is up. */
export const ANSWER_LIMIT = 120_000;
/** An image arrives within this time, in milliseconds. */
const DELIVERED = 10_000;

/** One of so many images of version 2 is decoded, which takes long here. */
const DECODED = 8;

const COMMANDS = ["get_status", "get_config", "get_wifi", "stream_on", "stream_off", "run_ffc", "get_lep_cci"] as const;
const ARGUMENTS: Readonly<Record<string, object>> = { get_lep_cci: { command: 0x4ecc, length: 4 } };
/** Key of an answer that is no `cam_info`. */
const KEYS: Readonly<Record<string, string>> = {
  get_status: "status",
  get_config: "config",
  get_wifi: "wifi",
  get_lep_cci: "cci_reg",
};
/** `cam_info` codes of messages that answer no command. */
const UNASKED = [4, 5, 6];

/** Checks one delivered image. */
export function checkPicture(world: World, picture: Picture): void {
  world.counts.add("images");
  world.received(Buffer.from(picture.pixels.buffer, picture.pixels.byteOffset, picture.pixels.byteLength));
  if (world.now < world.pixelsUncheckedUntil) return world.counts.add("images, pixels not checked");
  try {
    wholeFrame(picture);
  } catch (error) {
    world.violated((error as Error).message);
  }
}

/** The commands of a connection that are not answered, and the order of its images. */
export class Conversation {
  readonly #waiting: { readonly name: string; sent: number }[] = [];
  /** Sensor time of the last image, and board time of its arrival, in milliseconds. */
  #last = { sensor: -1, board: 0 };

  constructor(
    readonly world: World,
    readonly name: string,
  ) {}

  sent(name: string): void {
    this.world.counts.add("commands");
    this.#waiting.push({ name, sent: this.world.now });
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  /** While nothing arrives no answer is late. */
  paused(): void {
    for (const command of this.#waiting) command.sent = this.world.now;
  }

  look(): void {
    const [first] = this.#waiting;
    if (first && this.world.now - first.sent > ANSWER_LIMIT)
      this.world.violated(`${this.name}: no answer to ${first.name} in ${ANSWER_LIMIT / 1_000} s`);
  }

  image(picture: Picture): void {
    checkPicture(this.world, picture);
    const { world } = this;
    const sensor = sensorTime(picture);
    // Sensor time decreases only when the sensor has restarted.
    const restarted = world.camera.board.lepton.state().uptimeMs < world.now - this.#last.board + DELIVERED;
    if (sensor <= this.#last.sensor && !restarted)
      world.violated(`${this.name}: image of sensor time ${sensor} after one of ${this.#last.sensor}`);
    this.#last = { sensor, board: world.now };
  }

  /** @param text JSON of a message that is no image */
  message(text: string): void {
    this.world.received(text);
    const message = JSON.parse(text) as Record<string, unknown>;
    const info = message["cam_info"] as { info_value: number; info_string: string } | undefined;
    if ((info && UNASKED.includes(info.info_value)) || "get_fw" in message) return;
    const next = this.#waiting.shift();
    if (!next) return this.world.violated(`${this.name}: answers no command: ${text.slice(0, 200)}`);
    this.world.counts.add("answers");
    const fits = info ? info.info_string.startsWith(next.name) : (KEYS[next.name] ?? "") in message;
    if (!fits) this.world.violated(`${this.name}: answer to ${next.name}: ${text.slice(0, 200)}`);
    if (info?.info_value === 0) this.world.counts.add(`refused ${next.name}`);
  }
}

/** An open client. */
export interface Client {
  readonly conversation: Conversation;
  readonly socket: VirtualSocket;
  send(text: string): void;
  readonly over: boolean;
}

function connect(world: World, port: number): Promise<VirtualSocket | undefined> {
  return new Promise((resolve) => {
    const socket = world.camera.connect(port);
    socket.on("error", () => resolve(undefined));
    socket.once("connect", () => resolve(socket));
    socket.once("close", () => {
      world.changed = world.now;
      resolve(undefined);
    });
  });
}

export async function openTcp(world: World, name: string): Promise<Client | undefined> {
  const socket = await connect(world, world.camera.port);
  if (!socket) return undefined;
  world.counts.add("TCP clients");
  const conversation = new Conversation(world, name);
  const reader = new MessageReader();
  socket.on("data", (bytes: Buffer) => {
    for (const text of reader.push(bytes))
      if (text.includes('"radiometric"')) conversation.image(new ThermalImage(text));
      else conversation.message(text);
  });
  return {
    conversation,
    socket,
    send: (text) => void socket.write(encodeText(text)),
    get over() {
      return socket.destroyed || socket.readableEnded;
    },
  };
}

export async function openWebSocket(world: World, name: string): Promise<Client | undefined> {
  const socket = await connect(world, 80);
  if (!socket) return undefined;
  const second = world.random.below(2) === 0;
  const peer = await Promise.race([
    WebSocketClient.over(socket, "127.0.0.1", second ? { protocol: "tcam.2" } : {}).catch(() => undefined),
    new Promise<undefined>((resolve) => socket.once("close", () => resolve(undefined))),
  ]);
  if (!peer) return undefined;
  world.counts.add(`WebSocket clients, version ${second ? 2 : 1}`);
  let images = 0;
  const conversation = new Conversation(world, name);
  void (async () => {
    for (;;) {
      const { opcode, payload } = await peer.next();
      if (opcode === 2 && !second) conversation.image(decodeVersion1(payload));
      else if (opcode === 2 && images++ % DECODED === 0) conversation.image(decodeVersion2(payload));
      else if (opcode === 1) conversation.message(payload.toString());
    }
  })().catch((error: Error) => {
    if (!peer.over) world.violated(`${name}: ${error.message}`);
  });
  return {
    conversation,
    socket,
    send: (text) => peer.send(text),
    get over() {
      return socket.destroyed || peer.over;
    },
  };
}

/** A client connects, sends commands, streams, and leaves by close or reset. */
export async function visit(world: World, name: string): Promise<void> {
  const open = world.random.below(3) === 0 ? openWebSocket : openTcp;
  const client = await open(world, name);
  if (!client) return world.counts.add("connections not made");
  const { conversation, socket } = client;
  world.changed = world.now;
  world.sessions.add(socket);
  socket.once("close", () => void world.sessions.delete(socket));
  const end = world.now + world.between(1_000, 120_000);
  while (world.now < end && !client.over && !world.violation) {
    if (conversation.waiting < 8)
      for (let i = world.between(1, 4); i > 0; i--) {
        const cmd = world.oneOf(COMMANDS);
        if (cmd === "run_ffc" && world.random.below(4) > 0) continue;
        const args = ARGUMENTS[cmd];
        conversation.sent(cmd);
        client.send(JSON.stringify({ cmd, ...(args && { args }) }));
      }
    for (let ms = world.between(50, 8_000); ms > 0 && !client.over; ms -= 1_000) {
      await world.pass(Math.min(ms, 1_000));
      if (world.reachable) conversation.look();
      else conversation.paused();
    }
  }
  const resets = world.random.below(2) === 0;
  if (client.over) world.counts.add("clients ended by the camera or a fault");
  else world.counts.add(resets ? "clients left by reset" : "clients left by close");
  if (resets) socket.resetAndDestroy();
  else socket.end();
  await world.pass(2_000);
  socket.destroy();
  world.changed = world.now;
}
