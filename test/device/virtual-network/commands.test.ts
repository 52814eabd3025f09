// SPDX-License-Identifier: Apache-2.0
/** The whole camera on the virtual network: no socket of this computer is open. */
import { once } from "node:events";
import { VirtualCamera, type VirtualCameraOptions } from "../../../simulator/board/virtual-camera";
import type { VirtualSocket } from "../../../simulator/board/network/socket";
import { Connection } from "../../../tools/tcam/connection";
import { ThermalImage } from "../../../tools/tcam/image";
import { frameCounter } from "../camera/rig";

/** Real milliseconds, to end a test that hangs: time stands still while a call waits. */
const HUNG = 60_000;

async function withCamera(
  options: VirtualCameraOptions,
  work: (camera: VirtualCamera) => Promise<void>,
): Promise<void> {
  const camera = await VirtualCamera.start({ scene: "counter", control: undefined, network: "virtual", ...options });
  try {
    await camera.ready();
    await work(camera);
  } finally {
    await camera.stop();
  }
}

async function connected(socket: VirtualSocket): Promise<VirtualSocket> {
  await once(socket, "connect");
  return socket;
}

test("a stepped camera answers while time stands still, and streams as time passes", () =>
  withCamera({ speed: "stepped" }, async (camera) => {
    await camera.advance(5_000);
    const now = camera.board.clock.now();
    const client = new Connection(await connected(camera.connect()), HUNG);
    expect((await client.call("get_status"))["status"]).toMatchObject({ Camera: expect.stringContaining("tCam") });
    expect(camera.board.clock.now()).toBe(now);
    const frames: number[] = [];
    client.on("image", (text) => frames.push(frameCounter(new ThermalImage(text))));
    await client.call("stream_on");
    await camera.advance(2_000);
    const [first = 0] = frames;
    expect(frames.length).toBeGreaterThan(15);
    expect(frames).toEqual(frames.map((_frame, i) => first + i));
    client.close();
  }));

test("at full speed a client that answers each image at once loses none", () =>
  withCamera({ speed: "max" }, async (camera) => {
    const client = new Connection(await connected(camera.connect()), HUNG);
    for (let i = 0; i < 20; i++) await client.image(HUNG);
    client.close();
  }));

test("a port on which nothing listens refuses", () =>
  withCamera({ speed: "stepped" }, async (camera) => {
    const [error] = (await once(camera.connect(81), "error")) as [NodeJS.ErrnoException];
    expect(error.code).toBe("ECONNREFUSED");
  }));
