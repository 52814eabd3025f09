// SPDX-License-Identifier: Apache-2.0
/** How fast a virtual camera runs at `--speed max`, and what a frame costs. */
import { Connection } from "../../tools/tcam/connection";
import { Lepton, ManualClock, type Scene, sceneByName } from "../../simulator/lepton";
import { GPIO_MODE_VSYNC } from "../../simulator/lepton/commands-oem";
import type { VirtualCamera } from "../../simulator/board/virtual-camera";
import { SENSOR_RATE, stream } from "./client";
import { figure } from "./figures";

const SEGMENT_BYTES = 60 * 164;
const SPI_HZ = 16e6;
/** Board microseconds until the part sends video, and until its reader may begin. */
const BOOT = 2e6;
const IDLE = 2e5;
/** Before the measurement: Node compiles functions that are called often. */
const WARM_UP_FRAMES = 200;

/** Lets the camera send `frames` images to each connection; without one, lets the sensor make as many. */
async function pass(camera: VirtualCamera, connections: readonly Connection[], frames: number): Promise<void> {
  const { clock, pacer } = camera.board;
  const end = clock.now() + (1e6 * frames) / SENSOR_RATE;
  if (connections.length === 0) await pacer.until(() => clock.now() >= end, Infinity);
  else await Promise.all(connections.map((connection) => stream(connection, frames)));
}

/**
 * Prints the rate of a camera at `--speed max` that serves `clients` in this process, and the CPU time of a frame.
 * @param cpuSeconds of the firmware's process
 */
export async function measureRate(
  camera: VirtualCamera,
  clients: number,
  frames: number,
  cpuSeconds: () => number,
): Promise<void> {
  const { clock } = camera.board;
  const name = `${clients} ${clients === 1 ? "client" : "clients"}`;
  const { host, port } = camera;
  const open = (): Promise<Connection> => Connection.open({ host, port, timeout: 60_000 });
  const connections = await Promise.all(Array.from({ length: clients }, open));
  await pass(camera, connections, WARM_UP_FRAMES);
  const begun = { wall: performance.now(), board: clock.now(), own: process.cpuUsage(), firmware: cpuSeconds() };
  await pass(camera, connections, frames);
  const seconds = (clock.now() - begun.board) / 1e6;
  const times = (1000 * seconds) / (performance.now() - begun.wall);
  const own = process.cpuUsage(begun.own);
  const firmware = cpuSeconds() - begun.firmware;
  for (const connection of connections) connection.close();
  const goal = clients === 0 ? { text: "150 x", ratio: times / 150 } : undefined;
  figure(`${name}: times real time`, times, "x", goal);
  figure(`${name}: CPU a frame, board and clients`, (own.user + own.system) / seconds / SENSOR_RATE, "µs");
  figure(`${name}: CPU a frame, firmware`, (1e6 * firmware) / seconds / SENSOR_RATE, "µs");
}

/** The emulated Lepton without a firmware. @param read the segments are read */
export function measureEmulator(scene: string, read: boolean, frames: number): void {
  const clock = new ManualClock();
  const part = new Lepton({ model: "3.5", clock, scene: sceneByName(scene) as Scene });
  const bytes = Buffer.alloc(SEGMENT_BYTES);
  const pass = (count: number): void => clock.advance((1e6 * count) / SENSOR_RATE);
  part.power(true);
  clock.advance(BOOT + IDLE);
  part.settings.gpioMode = GPIO_MODE_VSYNC;
  part.onVsync = () => {
    if (!read) return;
    part.spiSelect(true);
    part.spiTransfer(SEGMENT_BYTES, SPI_HZ, bytes);
    part.spiSelect(false);
  };
  pass(WARM_UP_FRAMES);
  const begun = process.cpuUsage();
  pass(frames);
  const { user, system } = process.cpuUsage(begun);
  const { sync } = part.state();
  if (read && sync !== "stream") throw new Error(`the emulated Lepton is read out of sync: ${sync}`);
  figure(`emulated Lepton, scene ${scene}: CPU a frame, ${read ? "read" : "unread"}`, (user + system) / frames, "µs");
}
