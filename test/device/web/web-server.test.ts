// SPDX-License-Identifier: Apache-2.0
/** The camera's web server beside its other clients. */
import { once } from "node:events";
import http from "node:http";
import type { VirtualCamera, VirtualCameraOptions } from "../../../simulator/board/virtual-camera";
import type { VirtualSocket } from "../../../simulator/board/network/socket";
import { makeFirmwareImage } from "../../../simulator/board/storage/firmware-image";
import { Connection } from "../../../tools/tcam/connection";
import { ThermalImage } from "../../../tools/tcam/image";
import { answersOf, request, type WebAnswer } from "../../unit/web/answers";
import { LIMIT, NEVER } from "../board-time";
import { decodeVersion1, decodeVersion2 } from "./binary-image";
import { WebSocketClient } from "./websocket-client";
import { frameCounter, openUnlimited, withVirtualCamera } from "../camera/rig";
import { lastLine, press, restarted, version } from "../update/rig";

function withCamera(options: VirtualCameraOptions, work: (camera: VirtualCamera) => Promise<void>): Promise<void> {
  return withVirtualCamera({ scene: "counter", network: "real", speed: 1, ...options }, work);
}

const url = (camera: VirtualCamera, path: string): string => `http://${camera.host}:${camera.http}${path}`;

async function connected(socket: VirtualSocket): Promise<VirtualSocket> {
  await once(socket, "connect");
  return socket;
}

/** The answers on a connection that the camera ends. */
async function ask(camera: VirtualCamera, bytes: string): Promise<WebAnswer[]> {
  const socket = await connected(camera.connect(80));
  const parts: Buffer[] = [];
  socket.on("data", (part: Buffer) => parts.push(part));
  const ended = once(socket, "close");
  socket.write(bytes);
  await ended;
  return answersOf(Buffer.concat(parts));
}

test("the page comes compressed, and not again to a browser that has it", () =>
  withCamera({}, async (camera) => {
    const { hostname, port } = new URL(url(camera, "/"));
    const page = await fetch(`http://${hostname}:${port}/`);
    expect(page.status).toBe(200);
    expect((await page.text()).toLowerCase()).toContain("<!doctype html>");
    const etag = page.headers.get("etag") ?? "";
    const known = await fetch(url(camera, "/"), { headers: { "If-None-Match": `W/${etag}` } });
    expect([known.status, await known.text(), known.headers.get("etag")]).toEqual([304, "", etag]);
  }));

/** Numbers of the frames that a WebSocket gets, as they come. */
async function streamTo(camera: VirtualCamera, version: 1 | 2): Promise<{ socket: WebSocketClient; seen: number[] }> {
  const options = version === 2 ? { protocol: "tcam.2" } : {};
  const socket = await WebSocketClient.over(camera.connect(80), "192.168.4.1", options);
  await socket.call("stream_on");
  const decode = version === 2 ? decodeVersion2 : decodeVersion1;
  const seen: number[] = [];
  const watch = async (): Promise<void> => {
    while (!socket.over) for (const image of await socket.images(1)) seen.push(frameCounter(decode(image)));
  };
  watch().catch(() => undefined);
  return { socket, seen };
}

test("fifty slow and silent connections take no image from four clients and four WebSockets, and then the page is there again", () =>
  withCamera({ network: "virtual", speed: "stepped" }, async (camera) => {
    await camera.advance(5_000);
    const clients: Connection[] = [];
    const frames: number[][] = [];
    for (let i = 0; i < 4; i++) {
      const client = await openUnlimited(camera);
      const seen: number[] = [];
      client.on("image", (text) => seen.push(frameCounter(new ThermalImage(text))));
      await client.call("stream_on");
      clients.push(client);
      frames.push(seen);
    }
    const browsers = [];
    for (const version of [1, 2, 1, 2] as const) {
      const { socket, seen } = await streamTo(camera, version);
      browsers.push(socket);
      frames.push(seen);
    }
    let open = 0;
    for (let i = 0; i < 50; i++) {
      const socket = camera.connect(80);
      socket.on("error", () => undefined);
      socket.on("data", () => undefined);
      socket.on("connect", () => {
        open += 1;
        if (i % 2) socket.write("GET / HTTP/1.1\r\nHost: ");
      });
      socket.on("close", () => (open -= 1));
      await camera.advance(100);
    }
    expect(open).toBeGreaterThan(0);
    await camera.advance(60_000);
    for (const seen of frames) {
      const [first = 0] = seen;
      expect(seen).toEqual(seen.map((_, i) => first + i));
      expect(seen.length).toBeGreaterThan(500);
    }
    expect(open).toBe(0);
    for (const client of [...clients, ...browsers]) client.close();
    const answer = ask(camera, request("GET /api/v1/config", { Host: "192.168.4.1", Connection: "close" }));
    await camera.advance(5_000);
    expect((await answer).map(({ status }) => status)).toEqual([200]);
  }));

test("a settings change is seen by clients of the other port, and one of another origin is not made", () =>
  withCamera({}, async (camera) => {
    const put = (emissivity: number, headers: Record<string, string>): Promise<Response> =>
      fetch(url(camera, "/api/v1/config"), {
        method: "PUT",
        headers: { "Content-Type": "application/json", ...headers },
        body: JSON.stringify({ emissivity }),
      });
    expect((await put(90, {})).status).toBe(200);
    expect((await put(80, { Origin: "http://evil.example" })).status).toBe(403);
    const client = await Connection.open({ host: camera.host, port: camera.port, timeout: NEVER });
    expect(await client.call("get_config")).toMatchObject({ config: { emissivity: 90 } });
    client.close();
  }));

test("an image is installed over HTTP after a press of the button; a second update is refused meanwhile", () =>
  withCamera({ speed: 4 }, async (camera) => {
    const image = makeFirmwareImage({ version: "4.7", size: 120_000 });
    const post = (): Promise<Response> =>
      fetch(url(camera, "/api/v1/update"), {
        method: "POST",
        headers: { "Content-Type": "application/octet-stream" },
        body: new Uint8Array(image),
      });
    const log = lastLine(camera);
    const answer = post();
    await camera.waitForLog(/waiting for the button/, LIMIT, log);
    const second = await post();
    expect([second.status, await second.json()]).toEqual([409, { error: "another client's update is under way" }]);
    await press(camera);
    const done = await answer;
    expect([done.status, await done.json()]).toEqual([200, { version: "4.7", restarting: true }]);
    await restarted(camera, log);
    expect(await version(camera)).toBe("4.7");
    const text = await (await fetch(url(camera, "/api/v1/log"))).text();
    expect(text).toContain("version 4.7");
  }));

test("an uploader that leaves before the button ends its update, with most of its image unread", () =>
  withCamera({}, async (camera) => {
    const body = makeFirmwareImage({ version: "4.7", size: 1_500_000 });
    for (const field of [{ Expect: "100-continue" }, { Origin: new URL(url(camera, "/")).origin }]) {
      const log = lastLine(camera);
      const upload = http.request(url(camera, "/api/v1/update"), {
        method: "POST",
        headers: { "Content-Type": "application/octet-stream", "Content-Length": body.length, ...field },
      });
      upload.on("error", () => undefined).end(body);
      await camera.waitForLog(/waiting for the button/, LIMIT, log);
      upload.destroy();
      const { text } = await camera.waitForLog(/^update: .*(disconnected|timed out)/, LIMIT, log);
      expect(text).toContain("disconnected");
    }
  }));

test("a closed web server is not there", () =>
  withCamera({ network: "virtual", speed: "stepped", http: false }, async (camera) => {
    const [error] = (await once(camera.connect(80), "error")) as [NodeJS.ErrnoException];
    expect(error.code).toBe("ECONNREFUSED");
  }));
