// SPDX-License-Identifier: Apache-2.0
/** The whole camera behind a network with faults. */
import { once } from "node:events";
import { ThermalImage } from "../../../tools/tcam/image";
import { wholeFrame } from "../camera/rig";
import { open, withCamera } from "./rig";

/** Streams for 8 s of board time. @returns board time in ms and frame number of each image */
async function stream(seed: number): Promise<[ms: number, frame: number][]> {
  const images: [number, number][] = [];
  await withCamera({ speed: "stepped", seed }, async (camera) => {
    await camera.advance(5_000);
    camera.network.conditions = { delay: 15, bandwidth: 1_000_000, loss: 0.01 };
    const client = open(camera);
    client.on("image", (text) => images.push([camera.board.clock.now() / 1000, wholeFrame(new ThermalImage(text))]));
    const streaming = client.call("stream_on");
    await camera.advance(8_000);
    await streaming;
    client.close();
  });
  return images;
}

test("images arrive whole over a lossy network, and the same seed loses the same packets", async () => {
  const first = await stream(1);
  expect(first.length).toBeGreaterThan(20);
  expect(first.map(([, frame]) => frame)).toEqual([...new Set(first.map(([, frame]) => frame))].sort((a, b) => a - b));
  expect(await stream(1)).toEqual(first);
  expect(await stream(2)).not.toEqual(first);
});

test("a client that is reset leaves, and another takes its place", () =>
  withCamera({ speed: "stepped" }, async (camera) => {
    await camera.advance(5_000);
    const clients = [open(camera), open(camera), open(camera), open(camera)];
    for (const client of clients) await client.call("get_status");
    camera.network.resetConnections();
    await Promise.all(clients.map((client) => once(client, "close")));
    expect((await open(camera).call("get_status"))["status"]).toBeDefined();
  }));

test("a client out of reach is dropped after a minute, and sees it when it is back", () =>
  withCamera({ speed: "stepped" }, async (camera) => {
    await camera.advance(5_000);
    const socket = camera.connect();
    await once(socket, "connect");
    socket.reachable = false;
    await camera.advance(59_000);
    expect(camera.log.some(({ text }) => text.startsWith("client disconnected"))).toBe(false);
    await camera.advance(2_000);
    expect(camera.log.some(({ text }) => text.startsWith("client disconnected"))).toBe(true);
    socket.reachable = true;
    socket.write("anything");
    const [error] = (await once(socket, "error")) as [NodeJS.ErrnoException];
    expect(error.code).toBe("ECONNRESET");
  }));
