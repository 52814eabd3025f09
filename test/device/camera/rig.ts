// SPDX-License-Identifier: Apache-2.0
/**
 * The camera under test: a virtual camera for each test, or the camera at `TCAM_ADDR` (host or host:port), possibly a real one.
 * With `TCAM_ADDR` the tests that control the board are skipped with a reason.
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
  /** A connection for bytes. It stays open when the camera ends its side. */
  open(): Promise<Socket>;
}

export interface BoardCamera extends Camera {
  virtual: VirtualCamera;
}

/** A test for every camera. */
export function cameraTest(
  name: string,
  work: (camera: Camera) => Promise<void>,
  options: VirtualCameraOptions = {},
): void {
  test(name, async () => {
    if (address === undefined) return withVirtualCamera(options, work);
    const [host = "", port = "5001"] = address.split(":");
    return withConnections(host, Number(port), work);
  });
}

/** A test that controls the virtual board or needs its own scene. */
export function boardTest(
  name: string,
  work: (camera: BoardCamera) => Promise<void>,
  options: VirtualCameraOptions = {},
): void {
  if (address === undefined) test(name, () => withVirtualCamera(options, work));
  else skipTest(name, "it needs the virtual board, and TCAM_ADDR names another camera");
}

async function withVirtualCamera(
  options: VirtualCameraOptions,
  work: (camera: BoardCamera) => Promise<void>,
): Promise<void> {
  const virtual = await VirtualCamera.start({ control: undefined, variant: variant(), ...options, ...otherFirmware() });
  try {
    await virtual.ready();
    await withConnections(virtual.host, virtual.port, (camera) => work({ ...camera, virtual }));
  } finally {
    await virtual.stop();
  }
}

/** `TCAM_FIRMWARE` is the command of another firmware, words separated by blanks: `npm run sdk:check` tests its build with it. */
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
 * @returns the JSON texts that the camera sends until it closes the connection @throws Error when the connection is reset
 */
export async function exchange(camera: Camera, commands: readonly object[]): Promise<string[]> {
  const socket = await camera.open();
  socket.end(Buffer.concat(commands.map(encodeMessage)));
  return untilEnd(socket);
}

/** The messages on this connection until the camera closes it. */
export async function untilEnd(socket: Socket): Promise<string[]> {
  const reader = new MessageReader();
  const messages: string[] = [];
  for await (const bytes of socket) messages.push(...reader.push(bytes as Buffer));
  return messages;
}

/** Collects `count` streamed images. @throws Error when the connection ends or no image arrives for 20 s */
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
    connection.on("close", (error) => end(error ?? new Error("the camera closed the connection")));
  });
}

/** Runs a flat-field correction. @returns the number of images that arrive until its answer */
export async function imagesDuringFFC(client: Connection): Promise<number> {
  let images = 0;
  const count = (): void => void images++;
  client.on("image", count);
  await client.call("run_ffc", undefined, 30_000);
  client.off("image", count);
  return images;
}

/** Calls set_spotmeter, runs `work` with an image of column `c1`, and restores the sensor's spotmeter. */
export async function withSpotmeter(
  client: Connection,
  box: { c1: number; c2: number; r1: number; r2: number },
  work: (image: ThermalImage) => void,
): Promise<void> {
  const roi = { command: 0x4ecc, length: 4 };
  const { data } = (await client.call("get_lep_cci", roi))["cci_reg"] as { data: string };
  const nextImage = async (): Promise<ThermalImage> => new ThermalImage(await client.image(20_000));
  try {
    await client.call("set_spotmeter", box);
    let image = await nextImage();
    for (let i = 0; i < 5 && image.spot().c1 !== Math.trunc(box.c1); i++) image = await nextImage();
    work(image);
  } finally {
    await client.call("set_lep_cci", { ...roi, command: 0x4ecd, data });
  }
}

/** Telemetry words A20–21: the number of the sensor's frame. */
export function frameCounter(image: ThermalImage): number {
  return (image.telemetry[20] ?? 0) + 65536 * (image.telemetry[21] ?? 0);
}

/** Telemetry words A1–2: the sensor's time in milliseconds. */
export function sensorTime(image: ThermalImage): number {
  return (image.telemetry[1] ?? 0) + 65536 * (image.telemetry[2] ?? 0);
}

/** The number of the counter scene's frame in the image. @throws Error with row, packet and segment when it is torn */
export function wholeFrame(image: ThermalImage): number {
  const check = checkCounterImage(image.pixels, image.agc);
  if (!check.whole) throw new Error(`torn image: ${check.error}`);
  const mask = image.agc ? 0xff : 0x3fff;
  if (check.frame !== (frameCounter(image) & mask))
    throw new Error(`pixels of frame ${check.frame} with telemetry of frame ${frameCounter(image)}`);
  return frameCounter(image);
}
