// SPDX-License-Identifier: Apache-2.0
/**
 * The camera under test: a virtual camera for each test, at full speed on the virtual network, or the camera at `TCAM_ADDR` (host or host:port), possibly a real one.
 * With `TCAM_ADDR` the tests that control the board are skipped with a reason.
 */
import { once } from "node:events";
import { connect as openSocket } from "node:net";
import type { Duplex } from "node:stream";
import { type Answer, Connection } from "../../../tools/tcam/connection";
import { ThermalImage } from "../../../tools/tcam/image";
import { encodeMessage, MessageReader } from "../../../tools/tcam/messages";
import { VirtualCamera, type VirtualCameraOptions } from "../../../simulator/board/virtual-camera";
import { checkCounterImage } from "../../../simulator/lepton/scene/counter";
import { LIMIT, NEVER, within } from "../board-time";
import { skipTest } from "../skipped";

const address = process.env["TCAM_ADDR"];

/** Real milliseconds, for cameras on a real network. */
const REAL_TIMEOUT = 60_000;

/** A socket of this computer or of the virtual network. */
export type ClientSocket = Duplex & { resetAndDestroy(): unknown };

export interface Camera {
  connect(): Promise<Connection>;
  /** A connection for bytes. It stays open when the camera ends its side. */
  open(): Promise<ClientSocket>;
}

export interface BoardCamera extends Camera {
  virtual: VirtualCamera;
}

/** The default: as fast as this computer can, without sockets of this computer. */
const FAST: VirtualCameraOptions = { control: undefined, network: "virtual", speed: "max" };

/** A connection over the virtual network. Timeouts are in board time. */
export class BoardConnection extends Connection {
  constructor(
    readonly camera: VirtualCamera,
    socket: Duplex,
  ) {
    super(socket, NEVER);
  }

  /** @throws Error with the reason when the camera refuses the connection */
  static async to(camera: VirtualCamera): Promise<BoardConnection> {
    const socket = await openVirtual(camera);
    return new BoardConnection(camera, socket);
  }

  override call(cmd: string, args?: object, timeout = LIMIT): Promise<Answer> {
    return within(
      this.camera,
      () => `an answer to ${cmd}`,
      () => super.call(cmd, args, NEVER),
      timeout,
    );
  }

  override image(timeout = LIMIT): Promise<string> {
    return within(
      this.camera,
      () => "an image",
      () => super.image(NEVER),
      timeout,
    );
  }
}

/** A connection over the camera's network. */
export function connectTo(camera: VirtualCamera): Promise<Connection> {
  if (camera.hasVirtualNetwork) return BoardConnection.to(camera);
  return Connection.open({ host: camera.host, port: camera.port, timeout: REAL_TIMEOUT });
}

/** A socket on the virtual network. @throws Error when the camera refuses the connection */
export async function openVirtual(camera: VirtualCamera, allowHalfOpen = false): Promise<ClientSocket> {
  const socket = camera.connect(camera.port, { allowHalfOpen });
  await within(
    camera,
    () => "a connection",
    () => once(socket, "connect"),
  ).catch((error: Error) => {
    throw new Error(`cannot connect: ${error.message}`, { cause: error });
  });
  return socket;
}

/** A connection over the virtual network without limits, for tests that advance board time themselves. */
export async function openUnlimited(camera: VirtualCamera): Promise<Connection> {
  const socket = camera.connect();
  await once(socket, "connect");
  return new Connection(socket, NEVER);
}

/** A test for every camera. */
export function cameraTest(
  name: string,
  work: (camera: Camera) => Promise<void>,
  options: VirtualCameraOptions = {},
): void {
  test(name, async () => {
    if (address === undefined) return withBoardCamera(options, work);
    const [host = "", port = "5001"] = address.split(":");
    return withRealConnections(host, Number(port), work);
  });
}

/** A test that controls the virtual board or needs its own scene. */
export function boardTest(
  name: string,
  work: (camera: BoardCamera) => Promise<void>,
  options: VirtualCameraOptions = {},
): void {
  if (address === undefined) test(name, () => withBoardCamera(options, work));
  else skipTest(name, "it needs the virtual board, and TCAM_ADDR names another camera");
}

async function withBoardCamera(
  options: VirtualCameraOptions,
  work: (camera: BoardCamera) => Promise<void>,
): Promise<void> {
  const all = { ...FAST, variant: variant(), ...options, ...otherFirmware() };
  await withVirtualCamera(all, (virtual) => {
    const add = (camera: Camera): Promise<void> => work({ ...camera, virtual });
    return virtual.hasVirtualNetwork
      ? withVirtualConnections(virtual, add)
      : withRealConnections(virtual.host, virtual.port, add);
  });
}

/** Runs `work` with a virtual camera that is ready: by default at full speed and on the virtual network. */
export async function withVirtualCamera<T>(
  options: VirtualCameraOptions,
  work: (camera: VirtualCamera) => Promise<T>,
): Promise<T> {
  const virtual = await VirtualCamera.start({ ...FAST, ...options });
  try {
    await virtual.ready();
    return await work(virtual);
  } finally {
    await virtual.stop();
  }
}

/**
 * `TCAM_FIRMWARE` is the command of another firmware, words separated by blanks: `npm run sdk:check` tests its build with it.
 * It runs in real time on real sockets.
 */
function otherFirmware(): VirtualCameraOptions {
  const command = process.env["TCAM_FIRMWARE"];
  return command ? { command: command.split(" "), network: "real", speed: 1 } : {};
}

function variant(): "release" | "asan" | "m32" {
  const name = process.env["TCAM_HOST_VARIANT"];
  return name === "asan" || name === "m32" ? name : "release";
}

async function withVirtualConnections(camera: VirtualCamera, work: (camera: Camera) => Promise<void>): Promise<void> {
  const open: { destroy(): unknown }[] = [];
  try {
    await work({
      connect: async () => {
        const connection = await BoardConnection.to(camera);
        open.push({ destroy: () => connection.close() });
        return connection;
      },
      open: async () => {
        const socket = await openVirtual(camera, true);
        open.push(socket);
        return socket;
      },
    });
  } finally {
    for (const one of open) one.destroy();
  }
}

async function withRealConnections(host: string, port: number, work: (camera: Camera) => Promise<void>): Promise<void> {
  const open: { destroy(): unknown }[] = [];
  try {
    await work({
      connect: async () => {
        const connection = await Connection.open({ host, port, timeout: REAL_TIMEOUT });
        open.push({ destroy: () => connection.close() });
        return connection;
      },
      open: async () => {
        const socket = openSocket({ host, port, allowHalfOpen: true, noDelay: true });
        open.push(socket);
        await once(socket, "connect");
        return socket;
      },
    });
  } finally {
    for (const one of open) one.destroy();
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
export async function untilEnd(socket: Duplex): Promise<string[]> {
  const reader = new MessageReader();
  const messages: string[] = [];
  for await (const bytes of socket) messages.push(...reader.push(bytes as Buffer));
  return messages;
}

/**
 * Collects `count` streamed images.
 * @throws Error when the connection ends, or on the virtual network when no image arrives for 20 s of board time
 */
export function collect(connection: Connection, count: number): Promise<ThermalImage[]> {
  const images: ThermalImage[] = [];
  const work = (restart: () => void): Promise<ThermalImage[]> =>
    new Promise((resolve, reject) => {
      const take = (text: string): void => {
        images.push(new ThermalImage(text));
        restart();
        if (images.length < count) return;
        connection.off("image", take);
        resolve(images);
      };
      connection.on("image", take);
      connection.on("close", (error) => reject(error ?? new Error("the camera closed the connection")));
    });
  if (!(connection instanceof BoardConnection)) return work(() => undefined);
  return within(connection.camera, () => `image ${images.length + 1} of ${count}`, work, 20_000);
}

/** Runs a flat-field correction. @returns the number of images that arrive until its answer */
export async function imagesDuringFFC(client: Connection): Promise<number> {
  let images = 0;
  const count = (): void => void images++;
  client.on("image", count);
  await client.call("run_ffc");
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
  const nextImage = async (): Promise<ThermalImage> => new ThermalImage(await client.image());
  try {
    await client.call("set_spotmeter", box);
    let image = await nextImage();
    for (let i = 0; i < 5 && image.spot().c1 !== Math.trunc(box.c1); i++) image = await nextImage();
    work(image);
  } finally {
    await client.call("set_lep_cci", { ...roi, command: 0x4ecd, data });
  }
}

/** What an image has in each of its formats. */
export interface Picture {
  readonly pixels: Uint16Array;
  readonly telemetry: Uint16Array;
}

/** Telemetry words A20–21: the number of the sensor's frame. */
export function frameCounter({ telemetry }: Picture): number {
  return (telemetry[20] ?? 0) + 65536 * (telemetry[21] ?? 0);
}

/** Telemetry words A1–2: the sensor's time in milliseconds. */
export function sensorTime({ telemetry }: Picture): number {
  return (telemetry[1] ?? 0) + 65536 * (telemetry[2] ?? 0);
}

/** Telemetry word A3: pixels are 8-bit contrast values. */
const STATUS_AGC = 1 << 12;

/** The number of the counter scene's frame in the image. @throws Error with row, packet and segment when it is torn */
export function wholeFrame(image: Picture): number {
  const agc = ((image.telemetry[3] ?? 0) & STATUS_AGC) !== 0;
  const check = checkCounterImage(image.pixels, agc);
  if (!check.whole) throw new Error(`torn image: ${check.error}`);
  const mask = agc ? 0xff : 0x3fff;
  if (check.frame !== (frameCounter(image) & mask))
    throw new Error(`pixels of frame ${check.frame} with telemetry of frame ${frameCounter(image)}`);
  return frameCounter(image);
}
