// SPDX-License-Identifier: Apache-2.0
/** Clients of a soak that read streams of the web server: MJPEG pictures in order, events that agree with the log. */
import type { VirtualSocket } from "../../simulator/board/network/socket";
import { commentOf } from "../device/web/files-rig";
import { PartReader } from "../device/web/mjpeg-parts";
import { checkJpeg } from "./http";
import type { World } from "./world";

/** Milliseconds of board time after which an event has followed the log. */
const FOLLOWED = 10_000;

const EVENTS = ["faults", "update"];

/** Reads the body of an answer that does not end, until the client leaves or the camera ends it. */
async function follow(world: World, path: string, take: (bytes: Buffer) => void): Promise<void> {
  const socket = world.camera.connect(80);
  let head: Buffer | undefined = Buffer.alloc(0);
  socket.on("error", () => undefined);
  socket.on("data", (bytes: Buffer) => {
    if (!head) return guarded(world, path, () => take(bytes));
    head = Buffer.concat([head, bytes]);
    const end = head.indexOf("\r\n\r\n");
    if (end < 0) return;
    const status = head.toString("latin1", 9, 12);
    if (status !== "200") {
      if (status !== "503") world.violated(`${path}: status ${status}`);
      return void socket.destroy();
    }
    world.counts.add(`streams ${path}`);
    const rest = head.subarray(end + 4);
    head = undefined;
    guarded(world, path, () => take(rest));
  });
  socket.once("connect", () => socket.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`));
  await untilLeft(world, socket);
}

/** Some time, or until the camera has ended the connection. */
async function untilLeft(world: World, socket: VirtualSocket): Promise<void> {
  const end = world.now + world.between(1_000, 180_000);
  while (world.now < end && !socket.destroyed && !socket.readableEnded && !world.violation) await world.pass(1_000);
  if (world.random.below(2) === 0) socket.resetAndDestroy();
  else socket.end();
  await world.pass(1_000);
  socket.destroy();
}

function guarded(world: World, path: string, work: () => void): void {
  try {
    work();
  } catch (error) {
    world.violated(`${path}: ${(error as Error).message}`);
  }
}

/** Pictures of one stream. */
export class Video {
  readonly #reader = new PartReader();
  #last = -1;

  constructor(readonly world: World) {}

  /** @throws Error for wrong pictures, or pictures out of order */
  take(bytes: Buffer): void {
    this.#reader.push(bytes);
    for (const { jpeg } of this.#reader.parts.splice(0)) {
      checkJpeg(this.world, jpeg);
      const sequence = commentOf(jpeg)["sequence"] as number;
      if (sequence <= this.#last) throw new Error(`picture ${sequence} after ${this.#last}`);
      this.#last = sequence;
    }
  }
}

export function watchVideo(world: World): Promise<void> {
  const video = new Video(world);
  const path = `/stream.mjpg?scale=${world.between(1, 3)}&fps=${world.oneOf([1, 5, 9])}`;
  return follow(world, path, (bytes) => video.take(bytes));
}

/** Events of one stream. */
export class Events {
  #text = "";
  /** Numbers of the faults of the last event. */
  faults: readonly number[] | undefined;

  constructor(readonly world: World) {}

  /** @throws Error for bytes that are no events */
  take(bytes: Buffer): void {
    this.#text += bytes.toString();
    const blocks = this.#text.split("\n\n");
    this.#text = blocks.pop() ?? "";
    for (const block of blocks) {
      if (/^:[^\n]*$/.test(block)) continue;
      const [, name = "", json = ""] = /^event: (\w+)\ndata: (.*)$/.exec(block) ?? [];
      if (!EVENTS.includes(name)) throw new Error(`no event: ${block}`);
      this.world.counts.add(`events ${name}`);
      this.world.received(block);
      const data = JSON.parse(json) as unknown;
      if (name === "faults") this.faults = (data as { fault: number }[]).map(({ fault }) => fault);
    }
  }

  /** The last event agrees with the log. */
  look(): void {
    const { world } = this;
    if (!this.faults || world.now - world.changed < FOLLOWED) return;
    world.counts.add("events compared with the log");
    const [sent, logged] = [this.faults, [...world.faults]].map((faults) => [...faults].sort().join());
    if (sent !== logged) world.violated(`the last event has the faults ${sent}, the log ${logged}`);
  }
}

export async function watchEvents(world: World): Promise<void> {
  const events = new Events(world);
  const opened = world.now;
  let open = true;
  const look = (): void => {
    if (!open || world.violation) return;
    // An event is dropped when its client has no room.
    if (world.calmSince(opened)) events.look();
    world.later(1_000, look);
  };
  look();
  await follow(world, "/api/v1/events", (bytes) => events.take(bytes));
  open = false;
}
