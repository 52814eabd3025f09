// SPDX-License-Identifier: Apache-2.0
/** A camera on the virtual network, a client for its pictures and files, and a tCam client that sees every frame. */
import { createHash } from "node:crypto";
import { once } from "node:events";
import { request } from "node:http";
import type { VirtualCamera, VirtualCameraOptions } from "../../../simulator/board/virtual-camera";
import type { Connection } from "../../../tools/tcam/connection";
import { ThermalImage } from "../../../tools/tcam/image";
import { openUnlimited, withVirtualCamera } from "../camera/rig";

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

export async function withCamera(
  work: (camera: VirtualCamera) => Promise<void>,
  options: VirtualCameraOptions = {},
): Promise<void> {
  await withVirtualCamera(options, async (camera) => {
    if (options.speed === "stepped") await camera.advance(5_000);
    await camera.waitForLog(/first frame/);
    await work(camera);
  });
}

/** Sends a request of its own connection, with a JSON body if there is one. */
export async function send(camera: VirtualCamera, method: string, path: string, body?: unknown): Promise<Answer> {
  const asked = request({
    method,
    path,
    headers: {
      Host: "192.168.4.1",
      Connection: "close",
      ...(body !== undefined && { "Content-Type": "application/json" }),
    },
    createConnection: () => camera.connect(80) as never,
  });
  asked.end(body === undefined ? undefined : JSON.stringify(body));
  const [answer] = (await once(asked, "response")) as [import("node:http").IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk as Buffer);
  return { status: answer.statusCode ?? 0, headers: answer.headers, body: Buffer.concat(chunks) };
}

export function get(camera: VirtualCamera, path: string): Promise<Answer> {
  return send(camera, "GET", path);
}

/** The body of a complete answer. @throws Error for another status or a wrong length */
export async function download(camera: VirtualCamera, path: string): Promise<Buffer> {
  const { status, headers, body } = await get(camera, path);
  if (status !== 200) throw new Error(`${path}: ${status} ${body.toString()}`);
  if (Number(headers["content-length"]) !== body.length) throw new Error(`${path}: ${body.length} bytes`);
  return body;
}

/** The camera's facts in a JPEG's comment. */
export function commentOf(jpeg: Buffer): Record<string, unknown> {
  for (let at = 2; at < jpeg.length; at += 2 + jpeg.readUInt16BE(at + 2))
    if (jpeg.readUInt16BE(at) === 0xfffe)
      return JSON.parse(jpeg.subarray(at + 4, at + 2 + jpeg.readUInt16BE(at + 2)).toString()) as Record<
        string,
        unknown
      >;
  throw new Error("no comment");
}

export function digest(pixels: Uint16Array): string {
  return createHash("sha256")
    .update(Buffer.from(pixels.buffer, pixels.byteOffset, pixels.byteLength))
    .digest("hex");
}

/** Sees every frame as a tCam client. */
export class Witness {
  readonly images: ThermalImage[] = [];
  readonly #client: Connection;
  #wake: (() => void) | undefined;

  private constructor(client: Connection) {
    this.#client = client;
    client.on("image", (text) => {
      this.images.push(new ThermalImage(text));
      this.#wake?.();
    });
  }

  static async open(camera: VirtualCamera): Promise<Witness> {
    const witness = new Witness(await openUnlimited(camera));
    await witness.#client.call("stream_on");
    return witness;
  }

  get client(): Connection {
    return this.#client;
  }

  /** The image for which `matches`; it may come later. @throws Error when it is not among the next ten */
  async find(matches: (image: ThermalImage) => boolean): Promise<ThermalImage> {
    const most = this.images.length + 10;
    for (;;) {
      const image = this.images.find(matches);
      if (image) return image;
      if (this.images.length >= most) throw new Error(`none of ${this.images.length} images matches`);
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  /** The image of the frame with these pixels, captured after `from` images. */
  async withPixels(pixels: Uint16Array, from = 0): Promise<ThermalImage> {
    const wanted = digest(pixels);
    const image = await this.find((one) => digest(one.pixels) === wanted);
    if (this.images.indexOf(image) < from) throw new Error("the frame is older than the request");
    return image;
  }

  close(): void {
    this.#client.close();
  }
}
