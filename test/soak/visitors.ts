// SPDX-License-Identifier: Apache-2.0
/** Clients of a soak with one purpose: is the camera alive, are its settings kept, are its files right, can it be updated. */
import { Connection } from "../../tools/tcam/connection";
import { ThermalImage } from "../../tools/tcam/image";
import { sendFirmware } from "../../tools/tcam/update";
import { makeFirmwareImage } from "../../simulator/board/storage/firmware-image";
import { once } from "node:events";
import { checkPicture } from "./client";
import type { World } from "./world";

/** Longest time without an answer to get_status while clients can reach the camera: milliseconds of board time. */
const DEAD = 180_000;
/** Real milliseconds: limits are in board time. */
const NEVER = 2 ** 31 - 1;

/** A connection, closed after `limit` milliseconds of board time. @throws Error of the connection */
async function connected<T>(world: World, limit: number, work: (connection: Connection) => Promise<T>): Promise<T> {
  const socket = world.camera.connect(world.camera.port);
  const cancel = world.later(limit, () => socket.destroy(new Error(`over after ${limit} ms`)));
  try {
    await Promise.race([
      once(socket, "connect"),
      once(socket, "close").then(() => Promise.reject(new Error("the connection was closed"))),
    ]);
    world.changed = world.now;
    world.sessions.add(socket);
    const connection = new Connection(socket, NEVER);
    socket.once("close", () => {
      world.changed = world.now;
      world.sessions.delete(socket);
    });
    try {
      return await work(connection);
    } finally {
      connection.close();
    }
  } finally {
    cancel();
    world.changed = world.now;
    world.later(5_000, () => socket.destroy());
  }
}

/** True when the camera has answered get_status. */
export async function isAlive(world: World): Promise<boolean> {
  try {
    const status = await connected(world, 60_000, (connection) => connection.call("get_status"));
    const { Version } = status["status"] as { Version: string };
    if (!world.versions.has(Version)) world.violated(`version ${Version} in place of ${[...world.versions].join()}`);
    return true;
  } catch {
    return false;
  }
}

/** The camera answers get_status again and again while clients can reach it. */
export class SignsOfLife {
  /** Milliseconds of board time. */
  #silent = 0;

  constructor(readonly world: World) {}

  async ask(): Promise<void> {
    if (await isAlive(this.world)) this.#silent = 0;
    this.world.counts.add("signs of life asked for");
  }

  /** @param ms of board time since the last call */
  passed(ms: number): void {
    this.#silent = this.world.reachable ? this.#silent + ms : 0;
    if (this.#silent > DEAD) this.world.violated(`no answer to get_status for ${DEAD / 1_000} s`);
  }
}

/** Sends a command, if the camera can be reached. @returns true when it has succeeded */
export function command(world: World, cmd: string, args: object): Promise<boolean> {
  return connected(world, 60_000, (connection) => connection.call(cmd, args)).then(
    () => true,
    () => false,
  );
}

interface Config {
  agc_enabled: number;
  emissivity: number;
  gain_mode: number;
}

/** Changes the settings, at times with a power cut inside, and checks that they are the old or the new ones afterwards. */
export class SettingsVisitor {
  #allowed: Config[] | undefined;

  async visit(world: World): Promise<void> {
    const { board } = world.camera;
    const read = await connected(world, 60_000, (c) => c.call("get_config")).catch(() => undefined);
    if (!read) return;
    const config = read["config"] as Config;
    const same = (one: Config): boolean =>
      (["agc_enabled", "emissivity", "gain_mode"] as const).every((name) => one[name] === config[name]);
    if (this.#allowed && !this.#allowed.some(same))
      return world.violated(`settings ${JSON.stringify(config)}, not one of ${JSON.stringify(this.#allowed)}`);
    world.counts.add("settings checked");
    const change = {
      agc_enabled: world.between(0, 2),
      emissivity: world.between(1, 101),
      gain_mode: world.between(0, 3),
    };
    this.#allowed = [config, change];
    const cut = world.random.below(3) === 0;
    if (cut) {
      board.restoreAfter = world.between(1, 2_000);
      board.cut.arm({ after: 0, on: "key-value" });
    }
    const outcome = await connected(world, 60_000, (c) => c.call("set_config", change)).then(
      () => "done",
      (error: Error) => error.message,
    );
    if (cut && board.cut.plan === undefined) world.counts.add("power cuts inside a change of settings");
    board.cut.arm(undefined);
    if (outcome === "done") this.#allowed = [change];
    else if (outcome.startsWith("set_config failed")) this.#allowed = [config];
    world.counts.add(`settings ${outcome === "done" ? "changed" : "not changed"}`);
  }
}

const FILES = [
  "/",
  "/image.raw",
  "/image.tjsn",
  "/image.tiff",
  "/snapshot.jpg",
  "/snapshot.png",
  "/api/v1/device",
  "/raw",
];

/** Requests one file. The bytes of an image are checked where they are the sensor's. */
export async function fetchFile(world: World): Promise<void> {
  const path = world.oneOf(FILES);
  const socket = world.camera.connect(80);
  const cancel = world.later(60_000, () => socket.destroy());
  const parts: Buffer[] = [];
  socket.on("error", () => undefined).on("data", (part: Buffer) => parts.push(part));
  socket.once("connect", () => socket.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n`));
  await new Promise((resolve) => socket.once("end", resolve).once("close", resolve));
  cancel();
  socket.destroy();
  const bytes = Buffer.concat(parts);
  const end = bytes.indexOf("\r\n\r\n");
  const head = bytes.toString("latin1", 0, Math.max(end, 0));
  const length = Number(/^content-length: (\d+)/im.exec(head)?.[1]);
  const body = bytes.subarray(end + 4);
  if (end < 0 || !(body.length >= length)) return world.counts.add("HTTP requests without a whole answer");
  world.counts.add(`HTTP ${head.split(" ")[1] ?? ""}`);
  if (!head.startsWith("HTTP/1.1 200") || path !== "/image.tjsn") return;
  try {
    checkPicture(world, new ThermalImage(body.toString()));
  } catch (error) {
    world.violated(`${path}: ${(error as Error).message}`);
  }
}

/** One update: a good or a damaged image, with or without the button. */
export class UpdateVisitor {
  running = false;
  #number = 1;

  async visit(world: World): Promise<void> {
    const { board } = world.camera;
    const version = `8.${this.#number++}`;
    const bytes = makeFirmwareImage({ version, size: 20_000, seed: world.between(1, 1e6) });
    const good = world.random.below(3) > 0;
    const damaged = world.between(300, bytes.length);
    if (!good) bytes.writeUInt8(bytes.readUInt8(damaged) ^ 1, damaged);
    const pressed = world.random.below(4) > 0;
    this.running = true;
    const before = board.chip.choice?.image.version ?? "";
    if (good && pressed) world.versions = new Set([...world.versions, before, version]);
    const { length } = bytes;
    const file = { bytes, version, length, imageLength: length, signed: false, project: "" };
    const waiting = (): void => {
      if (pressed && !board.buttonDown) void board.press(200);
    };
    const outcome = await connected(world, 240_000, (connection) =>
      sendFirmware(connection, file, { waiting, progress: () => undefined }),
    ).catch((error: Error) => `failed: ${error.message}`);
    this.running = false;
    world.changed = world.now;
    world.counts.add(`update ${good ? "good" : "damaged"}${pressed ? "" : ", no button"}: ${outcome.slice(0, 60)}`);
    if (!outcome.startsWith("failed") && !(good && pressed))
      world.violated(`an update ${good ? "without the button" : "with a damaged image"} succeeded: ${outcome}`);
  }
}
