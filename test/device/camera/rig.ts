// SPDX-License-Identifier: Apache-2.0
/**
 * A camera to test: a whole virtual device of its own, or the one at `TCAM_ADDR` (host or host:port), which may be a real one.
 * Tests that steer the board are skipped there, and say so.
 */
import { once } from "node:events";
import { connect as openSocket, type Socket } from "node:net";
import { Connection } from "../../../tools/tcam/connection";
import { ThermalImage } from "../../../tools/tcam/image";
import { encodeMessage, MessageReader } from "../../../tools/tcam/messages";
import { VirtualCamera, type VirtualCameraOptions } from "../../../simulator/board/virtual-camera";
import { checkCounterImage } from "../../../simulator/lepton/scene/counter";
import { skipTest } from "../skipped";

const address = process.env["TCAM_ADDR"];

export interface Camera {
  connect(): Promise<Connection>;
  /** A connection to read and write bytes on. It stays open when the camera has ended its side. */
  open(): Promise<Socket>;
}

export interface BoardCamera extends Camera {
  device: VirtualCamera;
}

/** A test of what every camera does. */
export function cameraTest(
  name: string,
  work: (camera: Camera) => Promise<void>,
  options: VirtualCameraOptions = {},
): void {
  test(name, async () => {
    if (address === undefined) return withDevice(options, work);
    const [host = "", port = "5001"] = address.split(":");
    return withConnections(host, Number(port), work);
  });
}

/** A test that steers the virtual board, or needs a scene of its own. */
export function boardTest(
  name: string,
  work: (camera: BoardCamera) => Promise<void>,
  options: VirtualCameraOptions = {},
): void {
  if (address === undefined) test(name, () => withDevice(options, work));
  else skipTest(name, "it needs the virtual board, and TCAM_ADDR names another camera");
}

async function withDevice(options: VirtualCameraOptions, work: (camera: BoardCamera) => Promise<void>): Promise<void> {
  const device = await VirtualCamera.start({ control: undefined, variant: variant(), ...options, ...otherFirmware() });
  try {
    await device.ready();
    await withConnections(device.host, device.port, (camera) => work({ ...camera, device }));
  } finally {
    await device.stop();
  }
}

/** `TCAM_FIRMWARE` is a command (words separated by blanks) that is the firmware: `npm run sdk:check` names its build there. */
function otherFirmware(): VirtualCameraOptions {
  const command = process.env["TCAM_FIRMWARE"];
  return command ? { command: command.split(" "), speed: 1 } : {};
}

function variant(): "release" | "asan" | "m32" {
  const name = process.env["TCAM_HOST_VARIANT"];
  return name === "asan" || name === "m32" ? name : "release";
}

async function withConnections<T>(host: string, port: number, work: (camera: Camera) => Promise<T>): Promise<T> {
  const connections: Connection[] = [];
  const sockets: Socket[] = [];
  try {
    return await work({
      connect: async () => {
        const connection = await Connection.open({ host, port, timeout: 20_000 });
        connections.push(connection);
        return connection;
      },
      open: async () => {
        const socket = openSocket({ host, port, allowHalfOpen: true, noDelay: true });
        sockets.push(socket);
        await once(socket, "connect");
        return socket;
      },
    });
  } finally {
    for (const connection of connections) connection.close();
    for (const socket of sockets) socket.destroy();
  }
}

/**
 * Sends commands and shuts the sending side, as `nc -N` does.
 * @returns all that the camera sends until it closes, as JSON texts @throws when the connection is reset
 */
export async function exchange(camera: Camera, commands: readonly object[]): Promise<string[]> {
  const socket = await camera.open();
  socket.end(Buffer.concat(commands.map(encodeMessage)));
  return untilEnd(socket);
}

/** What the camera sends on this connection until it closes it. */
export async function untilEnd(socket: Socket): Promise<string[]> {
  const reader = new MessageReader();
  const packets: string[] = [];
  for await (const bytes of socket) packets.push(...reader.push(bytes as Buffer));
  return packets;
}

/** Collects streamed images until there are `count`. @throws Error when the connection ends or nothing comes for 20 s */
export function collect(connection: Connection, count: number): Promise<ThermalImage[]> {
  const images: ThermalImage[] = [];
  return new Promise((resolve, reject) => {
    let timer: NodeJS.Timeout;
    const end = (error?: Error): void => {
      clearTimeout(timer);
      connection.off("image", take);
      if (error) reject(error);
      else resolve(images);
    };
    const watch = (): void => {
      clearTimeout(timer);
      timer = setTimeout(() => end(new Error(`${images.length} of ${count} images, then none for 20 s`)), 20_000);
    };
    const take = (text: string): void => {
      images.push(new ThermalImage(text));
      if (images.length === count) end();
      else watch();
    };
    watch();
    connection.on("image", take);
    connection.on("close", (error) => end(error ?? new Error("the camera hung up")));
  });
}

/** Telemetry words A20–21: one more for each frame the sensor made. */
export function frameCounter(image: ThermalImage): number {
  return (image.telemetry[20] ?? 0) + 65536 * (image.telemetry[21] ?? 0);
}

/** Telemetry words A1–2: the sensor's own milliseconds. */
export function sensorTime(image: ThermalImage): number {
  return (image.telemetry[1] ?? 0) + 65536 * (image.telemetry[2] ?? 0);
}

/** Which frame of the counter scene the image is. @throws Error naming row, packet and segment when it is not whole */
export function wholeFrame(image: ThermalImage): number {
  const check = checkCounterImage(image.pixels, image.agc);
  if (!check.whole) throw new Error(`torn image: ${check.error}`);
  const mask = image.agc ? 0xff : 0x3fff;
  if (check.frame !== (frameCounter(image) & mask))
    throw new Error(`pixels of frame ${check.frame} with telemetry of frame ${frameCounter(image)}`);
  return frameCounter(image);
}
