// SPDX-License-Identifier: Apache-2.0
/** Connections of a soak for one command, and the check that the camera answers. */
import { Connection } from "../../tools/tcam/connection";
import { once } from "node:events";
import type { World } from "./world";

/** Longest time without an answer to get_status while clients can reach the camera: milliseconds of board time. */
const DEAD = 180_000;
/** Real milliseconds: limits are in board time. */
const NEVER = 2 ** 31 - 1;

/** A connection, closed after `limit` milliseconds of board time. @throws Error of the connection */
export async function connected<T>(
  world: World,
  limit: number,
  work: (connection: Connection) => Promise<T>,
): Promise<T> {
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
