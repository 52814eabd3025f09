// SPDX-License-Identifier: Apache-2.0
/** The whole camera on the virtual network: no socket of this computer is open. */
import { once } from "node:events";
import { get, type IncomingMessage } from "node:http";
import { ThermalImage } from "../../../tools/tcam/image";
import { NEVER } from "../board-time";
import { frameCounter } from "../camera/rig";
import { open, withCamera } from "./rig";

test("a stepped camera answers while time stands still, and streams as time passes", () =>
  withCamera({ speed: "stepped" }, async (camera) => {
    await camera.advance(5_000);
    const now = camera.board.clock.now();
    const client = open(camera);
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
    const client = open(camera);
    for (let i = 0; i < 20; i++) await client.image(NEVER);
    client.close();
  }));

test("a port on which nothing listens refuses", () =>
  withCamera({ speed: "stepped" }, async (camera) => {
    const [error] = (await once(camera.connect(81), "error")) as [NodeJS.ErrnoException];
    expect(error.code).toBe("ECONNREFUSED");
  }));

test("the camera's web server is reached by Node's HTTP client", () =>
  withCamera({ speed: "max" }, async (camera) => {
    const request = get("http://192.168.4.1/api/v1/device", { createConnection: () => camera.connect(80) });
    const [response] = (await once(request, "response")) as [IncomingMessage];
    expect(response.statusCode).toBe(200);
    const parts: Buffer[] = [];
    for await (const part of response) parts.push(part as Buffer);
    expect(JSON.parse(Buffer.concat(parts).toString())).toMatchObject({ Version: expect.any(String) });
  }));

test("a query by mDNS is answered to the group, from the camera's address in its WiFi", () =>
  withCamera({ speed: "stepped" }, async (camera) => {
    await camera.advance(5_000);
    const socket = camera.udp({ port: 5353 });
    socket.addMembership("224.0.0.251");
    const answers: { text: string; address: string }[] = [];
    socket.on("message", (bytes, { address }) => answers.push({ text: bytes.toString("latin1"), address }));
    // One question: PTR of _tcam-socket._tcp.local.
    const name = ["_tcam-socket", "_tcp", "local", ""]
      .map((label) => String.fromCharCode(label.length) + label)
      .join("");
    socket.send(Buffer.from(`\0\0\0\0\0\x01\0\0\0\0\0\0${name}\0\x0c\0\x01`, "latin1"), 5353, "224.0.0.251");
    await camera.advance(1_000);
    const answer = answers.find(({ text }) => text.includes("tCam-Mini"));
    expect(answer?.address).toBe("192.168.4.1");
  }));
