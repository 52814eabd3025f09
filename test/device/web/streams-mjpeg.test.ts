// SPDX-License-Identifier: Apache-2.0
import { spawn } from "node:child_process";
import { once } from "node:events";
import { VirtualCamera } from "../../../simulator/board/virtual-camera";
import type { VirtualSocket } from "../../../simulator/board/network/socket";
import { testWith } from "../skipped";
import { commentOf, get, Witness, withCamera } from "./files-rig";
import { type Part, PartReader } from "./mjpeg-parts";

/** A viewer on the virtual network. */
class Viewer {
  readonly reader = new PartReader();
  head = "";
  #wake: (() => void) | undefined;

  private constructor(readonly socket: VirtualSocket) {}

  static async open(camera: VirtualCamera, path = "/stream.mjpg"): Promise<Viewer> {
    const socket = camera.connect(80);
    const viewer = new Viewer(socket);
    let bytes = Buffer.alloc(0);
    socket.on("data", (chunk: Buffer) => {
      if (viewer.head) viewer.reader.push(chunk);
      else {
        bytes = Buffer.concat([bytes, chunk]);
        const end = bytes.indexOf("\r\n\r\n");
        if (end < 0) return;
        viewer.head = bytes.toString("latin1", 0, end);
        viewer.reader.push(bytes.subarray(end + 4));
      }
      viewer.#wake?.();
    });
    socket.on("close", () => viewer.#wake?.());
    await once(socket, "connect");
    socket.write(`GET ${path} HTTP/1.1\r\nHost: 192.168.4.1\r\n\r\n`);
    return viewer;
  }

  get parts(): readonly Part[] {
    return this.reader.parts;
  }

  /** Resolves with the first `count` pictures. */
  async until(count: number): Promise<readonly Part[]> {
    while (this.parts.length < count) {
      if (this.socket.closed) throw new Error(`the stream ended after ${this.parts.length} pictures: ${this.head}`);
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    return this.parts.slice(0, count);
  }
}

const sequenceOf = ({ jpeg }: Part): number => commentOf(jpeg)["sequence"] as number;

test("go2rtc's rules find every picture: of every frame, with type, length and time", () =>
  withCamera(async (camera) => {
    const viewer = await Viewer.open(camera);
    const parts = await viewer.until(30);
    expect(viewer.head).toMatch(/^HTTP\/1.1 200 OK\r\n/);
    expect(viewer.head).toMatch(/^Content-Type: multipart\/x-mixed-replace; ?boundary=frame$/im);
    expect(viewer.head).toMatch(/^Connection: close$/im);
    expect(viewer.head).toMatch(/^Cache-Control: no-store$/im);
    expect(viewer.head).not.toMatch(/^(Transfer-Encoding|Content-Length):/im);
    const [first] = parts as [Part];
    expect(parts.map(sequenceOf)).toEqual(parts.map((_, i) => sequenceOf(first) + i));
    for (const { fields, jpeg } of parts) {
      expect(Object.keys(fields)).toEqual(["content-type", "content-length", "x-timestamp"]);
      expect(fields["content-type"]).toBe("image/jpeg");
      // Home Assistant finds pictures by these: the first pair ends the picture.
      expect([jpeg.indexOf("ffd8", "hex"), jpeg.indexOf("ffd9", "hex")]).toEqual([0, jpeg.length - 2]);
      const time = new Date(Math.round(Number(fields["x-timestamp"]) * 1000)).toISOString().slice(0, 23);
      expect(commentOf(jpeg)["time"]).toBe(time);
    }
    viewer.socket.destroy();
  }));

test("the boundary behind a picture comes with it, not with the next one", () =>
  withCamera(async (camera) => {
    const viewer = await Viewer.open(camera, "/stream.mjpg?fps=0.01");
    await viewer.until(1);
    expect(viewer.reader.rest.toString()).toBe("\r\n--frame\r\n");
    viewer.socket.destroy();
  }));

test("fps limits the rate; pictures with other options are of their own", () =>
  withCamera(
    async (camera) => {
      const slow = await Viewer.open(camera, "/stream.mjpg?fps=2");
      const large = await Viewer.open(camera, "/stream.mjpg?scale=2&palette=white");
      await camera.advance(10_000);
      expect(slow.parts.length).toBeGreaterThanOrEqual(19);
      expect(slow.parts.length).toBeLessThanOrEqual(21);
      expect(large.parts.length).toBeGreaterThan(80);
      const sizeOf = ({ jpeg }: Part): number => jpeg.readUInt16BE(jpeg.indexOf("ffc0", "hex") + 7);
      expect([...slow.parts, ...large.parts].map(sizeOf).filter((width) => width === 160).length).toBe(
        slow.parts.length,
      );
      slow.socket.destroy();
      large.socket.destroy();
    },
    { speed: "stepped" },
  ));

test("two viewers with the same options get the same pictures; a third one is refused until one leaves", () =>
  withCamera(async (camera) => {
    const viewers = [await Viewer.open(camera), await Viewer.open(camera)] as const;
    await Promise.all(viewers.map((viewer) => viewer.until(10)));
    const [first, second] = viewers.map(({ parts }) => new Map(parts.map((part) => [sequenceOf(part), part.jpeg])));
    const shared = [...(first ?? [])].filter(([sequence]) => second?.has(sequence));
    expect(shared.length).toBeGreaterThanOrEqual(9);
    for (const [sequence, jpeg] of shared) expect(second?.get(sequence)?.equals(jpeg)).toBe(true);
    expect((await get(camera, "/stream.mjpg")).status).toBe(503);
    viewers[0].socket.destroy();
    for (let status = 503; status === 503;) {
      const third = await Viewer.open(camera);
      while (!third.head) await new Promise((resolve) => setImmediate(resolve));
      status = Number(third.head.split(" ")[1]);
      third.socket.destroy();
    }
    await viewers[1].until(viewers[1].parts.length + 5);
    viewers[1].socket.destroy();
  }));

test("a viewer that stops reading gets the newest picture when it goes on, and delays no other client", () =>
  withCamera(
    async (camera) => {
      const witness = await Witness.open(camera);
      const stopped = await Viewer.open(camera);
      const other = await Viewer.open(camera);
      await camera.advance(2_000);
      stopped.socket.pause();
      const before = witness.images.length;
      const seen = other.parts.length;
      await camera.advance(15_000);
      expect(witness.images.length - before).toBeGreaterThan(125);
      expect(other.parts.length - seen).toBeGreaterThan(125);
      const newest = sequenceOf(other.parts.at(-1) as Part);
      stopped.socket.resume();
      await camera.advance(1_000);
      expect(sequenceOf(stopped.parts.at(-1) as Part)).toBeGreaterThan(newest);
      for (const { socket } of [stopped, other]) socket.destroy();
      witness.close();
    },
    { speed: "stepped" },
  ));

test("on a link too short for the images of tCam clients MJPEG sends one picture a second, and more when it is not", () =>
  withCamera(
    async (camera) => {
      const witness = await Witness.open(camera);
      const viewer = await Viewer.open(camera);
      await camera.advance(3_000);
      // Half of what one tCam client needs.
      camera.network.conditions = { bandwidth: 230_000 };
      await camera.advance(3_000);
      const [images, pictures] = [witness.images.length, viewer.parts.length];
      await camera.advance(10_000);
      expect(witness.images.length - images).toBeGreaterThan(35);
      expect(viewer.parts.length - pictures).toBeGreaterThanOrEqual(8);
      expect(viewer.parts.length - pictures).toBeLessThanOrEqual(11);
      camera.network.conditions = {};
      await camera.advance(3_000);
      const after = viewer.parts.length;
      await camera.advance(5_000);
      expect(viewer.parts.length - after).toBeGreaterThan(40);
      viewer.socket.destroy();
      witness.close();
    },
    { speed: "stepped" },
  ));

test("downloads that are not read take no frame from other clients", () =>
  withCamera(
    async (camera) => {
      const witness = await Witness.open(camera);
      await camera.advance(2_000);
      const paths = ["tjsn", "raw", "npy", "tiff", "png16", "csv", "tjsn", "csv"].map((name) => `/image.${name}`);
      const sockets: VirtualSocket[] = [];
      for (const path of paths) {
        const socket = camera.connect(80);
        socket.on("error", () => undefined);
        sockets.push(socket);
        await once(socket, "connect");
        socket.pause();
        socket.write(`GET ${path} HTTP/1.1\r\nHost: 192.168.4.1\r\n\r\n`);
      }
      await camera.advance(1_000);
      const before = witness.images.length;
      await camera.advance(10_000);
      expect(witness.images.length - before).toBeGreaterThan(85);
      for (const socket of sockets) socket.destroy();
      witness.close();
    },
    { speed: "stepped" },
  ));

/** Runs a program on a stream of a camera on this computer's network. @returns its output on both */
async function watch(program: string, parameters: (url: string) => readonly string[], path: string): Promise<string> {
  const camera = await VirtualCamera.start({ control: undefined });
  try {
    await camera.ready();
    await camera.waitForLog(/first frame/, 20_000);
    const url = `http://${camera.host}:${camera.http}${path}`;
    const child = spawn(program, parameters(url), { stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (text: string) => (output += text));
    const [code] = (await once(child, "close")) as [number];
    if (code !== 0) throw new Error(`${program}: ${code}: ${output}`);
    return output;
  } finally {
    await camera.stop();
  }
}

testWith("ffmpeg")("ffprobe reads snapshot and stream as baseline JPEG, 4:2:0", async () => {
  const probe = (url: string): string[] => [
    ...["-v", "error", "-of", "json", "-show_entries", "stream=codec_name,profile,width,height,pix_fmt"],
    url,
  ];
  const streams = (text: string): unknown => (JSON.parse(text) as { streams: unknown }).streams;
  const expected = { codec_name: "mjpeg", profile: "Baseline", width: 160, height: 120, pix_fmt: "yuvj420p" };
  expect(streams(await watch("ffprobe", probe, "/snapshot.jpg"))).toEqual([expected]);
  expect(streams(await watch("ffprobe", probe, "/stream.mjpg"))).toEqual([expected]);
  expect(streams(await watch("ffprobe", probe, "/stream.mjpg?scale=2"))).toEqual([
    { ...expected, width: 320, height: 240 },
  ]);
});

testWith("ffmpeg")("ffmpeg decodes a stream without a complaint", async () => {
  const decode = (url: string): string[] => ["-v", "warning", "-i", url, "-frames:v", "20", "-f", "framecrc", "-"];
  const lines = (await watch("ffmpeg", decode, "/stream.mjpg")).split("\n").filter((line) => /^\d/.test(line));
  expect(lines.length).toBe(20);
});
