// SPDX-License-Identifier: Apache-2.0
import type { VirtualCamera } from "../../../simulator/board/virtual-camera";
import { boardTest, collect, wholeFrame } from "../camera/rig";
import { lastLine } from "../update/rig";
import { decodeVersion1, decodeVersion2 } from "./binary-image";
import { RefusedError, WebSocketClient, type WebSocketOptions } from "./websocket-client";

const sockets: WebSocketClient[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.close();
});

/** The camera's address in its access point. */
const HOST = "192.168.4.1";

async function open(virtual: VirtualCamera, options: WebSocketOptions = {}): Promise<WebSocketClient> {
  const socket = await WebSocketClient.over(virtual.connect(80), HOST, options);
  sockets.push(socket);
  return socket;
}

const SECOND: WebSocketOptions = { protocol: "tcam.2" };
const ok = (command: string): object => ({ cam_info: { info_value: 1, info_string: `${command} success` } });

const consecutive = (first: number, count: number): number[] => Array.from({ length: count }, (_, i) => first + i);

boardTest(
  "an image of version 1 is 12 bytes of header, 480 of telemetry and 38,400 of pixels, as the page that it comes from reads it",
  async ({ virtual }) => {
    const client = await open(virtual);
    expect(client.fields.has("sec-websocket-protocol")).toBe(false);
    client.send({ cmd: "get_image" });
    const [bytes = Buffer.alloc(0)] = await client.images(1);
    expect([...bytes.subarray(0, 12)]).toEqual([...Buffer.from("TCAM"), 1, 1, 0xe0, 0x01, 0x00, 0x96, 0x00, 0x00]);
    expect(bytes.length).toBe(38_892);
    wholeFrame(decodeVersion1(bytes));
  },
  { scene: "counter" },
);

boardTest(
  "an image of version 2 is that of version 1, compressed, with the facts of its frame",
  async ({ virtual }) => {
    const [first, second, third] = [await open(virtual), await open(virtual, SECOND), await open(virtual, SECOND)];
    expect(second.fields.get("sec-websocket-protocol")).toBe("tcam.2");
    expect(await second.call("set_time", { sec: 1, min: 2, hour: 3, dow: 1, day: 4, mon: 5, year: 50 })).toEqual(
      ok("set_time"),
    );
    for (const client of [first, second, third]) expect(await client.call("stream_on")).toEqual(ok("stream_on"));
    const raw = new Map((await first.images(8)).map(decodeVersion1).map((image) => [image.telemetry[20], image]));
    const images = (await second.images(8)).map(decodeVersion2);
    const shared = new Map((await third.images(8)).map((bytes) => [decodeVersion2(bytes).sequence, bytes]));
    let compared = 0;
    for (const image of images) {
      const original = raw.get(image.telemetry[20]);
      const same = shared.get(image.sequence);
      if (same) expect(decodeVersion2(same)).toEqual(image);
      if (!original) continue;
      compared++;
      const { pixels } = original;
      expect(image.pixels).toEqual(pixels);
      expect(image.telemetry).toEqual(original.telemetry);
      const min = Math.min(...pixels);
      const max = Math.max(...pixels);
      const placeOf = (value: number): object => {
        const at = pixels.indexOf(value);
        return { value, row: Math.floor(at / 160), column: at % 160 };
      };
      expect(image.min).toEqual(placeOf(min));
      expect(image.max).toEqual(placeOf(max));
      expect(image.mean).toBe(Math.round(pixels.reduce((sum, value) => sum + value, 0) / pixels.length));
      expect(image.spot).toBe(image.telemetry[210]);
      expect([image.compressed, image.flags & 8]).toEqual([true, 0]);
      const clock = new Date(image.clock);
      expect([clock.getUTCFullYear(), clock.getUTCMonth(), clock.getUTCDate(), clock.getUTCHours()]).toEqual([
        2020, 4, 4, 3,
      ]);
    }
    expect(compared).toBeGreaterThanOrEqual(4);
    expect(images.map(({ sequence }) => sequence)).toEqual(consecutive(images[0]?.sequence ?? 0, 8));
  },
);

boardTest("the flags of version 2 show a flat-field correction and AGC", async ({ virtual }) => {
  const client = await open(virtual, SECOND);
  const image = async (): Promise<ReturnType<typeof decodeVersion2>> => {
    client.send({ cmd: "get_image" });
    return decodeVersion2((await client.images(1))[0] as Buffer);
  };
  expect(await client.call("run_ffc")).toEqual(ok("run_ffc"));
  expect((await image()).flags & 4).toBe(4);
  let flags = 4;
  while (flags & 4) flags = (await image()).flags;
  expect(await client.call("set_config", { agc_enabled: 1 })).toEqual(ok("set_config"));
  const agc = await image();
  expect(agc.flags & 8).toBe(8);
  expect(Math.max(...agc.pixels)).toBeLessThan(256);
});

boardTest(
  "four WebSockets and four clients of the command socket get every frame at the same time; a fifth WebSocket gets 503",
  async ({ connect, virtual }) => {
    const browsers = [
      await open(virtual),
      await open(virtual),
      await open(virtual, SECOND),
      await open(virtual, SECOND),
    ];
    const clients = await Promise.all([connect(), connect(), connect(), connect()]);
    await expect(open(virtual)).rejects.toEqual(new RefusedError(503));
    const images = clients.map((client) => collect(client, 60));
    for (const client of clients) await client.call("stream_on");
    for (const browser of browsers) expect(await browser.call("stream_on")).toEqual(ok("stream_on"));
    const seen = [
      ...(await Promise.all(
        browsers.map(async (browser, i) =>
          (await browser.images(60)).map(i < 2 ? decodeVersion1 : decodeVersion2).map(wholeFrame),
        ),
      )),
      ...(await Promise.all(images)).map((list) => list.map(wholeFrame)),
    ];
    for (const frames of seen) expect(frames).toEqual(consecutive(frames[0] ?? 0, 60));
    const log = lastLine(virtual);
    browsers[0]?.close();
    await virtual.waitForLog(/WebSocket client disconnected; 3 of 4/, 10_000, log);
    expect(await (await open(virtual)).call("stream_off")).toEqual(ok("stream_off"));
  },
  { scene: "counter" },
);

boardTest(
  "a WebSocket that stops reading gets fewer frames, whole and in order, and delays no other",
  async ({ virtual }) => {
    const [slow, fast] = [await open(virtual, SECOND), await open(virtual)];
    slow.socket.pause();
    slow.send({ cmd: "stream_on" });
    expect(await fast.call("stream_on")).toEqual(ok("stream_on"));
    const frames = (await fast.images(120)).map(decodeVersion1).map(wholeFrame);
    expect(frames).toEqual(consecutive(frames[0] ?? 0, 120));
    slow.socket.resume();
    expect(await slow.answer()).toEqual(ok("stream_on"));
    const late: number[] = [];
    while (late.at(-1) === undefined || (late.at(-1) as number) < (frames.at(-1) as number) + 3)
      late.push(wholeFrame(decodeVersion2((await slow.images(1))[0] as Buffer)));
    expect(late).toEqual([...new Set(late)].sort((a, b) => a - b));
    expect(late.length).toBeLessThan((late.at(-1) ?? 0) - (late[0] ?? 0) + 1);
  },
  { scene: "counter" },
);

boardTest("commands in pieces and in bunches are answered in order, pings in between", async ({ virtual }) => {
  const client = await open(virtual);
  client.frame({ opcode: 1, payload: '{"cmd":', more: true });
  client.frame({ opcode: 9, payload: "there?" });
  client.frame({ opcode: 0, payload: '"stream_off"}' });
  expect(await client.next()).toEqual({ opcode: 10, payload: Buffer.from("there?") });
  expect(await client.answer()).toEqual(ok("stream_off"));
  client.send(...Array.from({ length: 200 }, (_, i) => (i % 2 ? { cmd: "stream_off" } : `{"cmd":"unknown_${i}"}`)));
  for (let i = 0; i < 200; i++)
    expect(await client.answer()).toEqual(
      i % 2 ? ok("stream_off") : { cam_info: { info_value: 2, info_string: "Unknown command in json string" } },
    );
  client.send("x".repeat(12_287));
  expect(await client.answer()).toEqual({ cam_info: { info_value: 3, info_string: "Couldn't convert json string" } });
});

boardTest("connections end with Close: the client's is answered, an error is named", async ({ virtual }) => {
  const code = (payload: Buffer): number => payload.readUInt16BE(0);
  const polite = await open(virtual);
  expect(await polite.call("stream_on")).toEqual(ok("stream_on"));
  await polite.images(1);
  polite.frame({ opcode: 8, payload: Buffer.from([0x03, 0xe8]) });
  let frame = await polite.next();
  while (frame.opcode === 2) frame = await polite.next();
  expect([frame.opcode, code(frame.payload)]).toEqual([8, 1000]);
  await polite.ended();

  for (const [wrong, expected] of [
    [{ opcode: 1, payload: "x".repeat(12_288) }, 1009],
    [{ opcode: 1, payload: Buffer.from([0xff]) }, 1007],
    [{ opcode: 1, payload: "{}", unmasked: true }, 1002],
    [{ opcode: 2, payload: "{}" }, 1003],
  ] as const) {
    const client = await open(virtual);
    client.frame(wrong);
    const { opcode, payload } = await client.next();
    expect([opcode, code(payload)]).toEqual([8, expected]);
    client.socket.end();
    await client.ended();
  }
});

boardTest("a foreign page cannot open a WebSocket", async ({ virtual }) => {
  expect(await (await open(virtual, { fields: { Origin: `http://${HOST}` } })).call("stream_off")).toEqual(
    ok("stream_off"),
  );
  await expect(open(virtual, { fields: { Origin: "http://example.com" } })).rejects.toEqual(new RefusedError(403));
  await expect(open(virtual, { fields: { "Sec-WebSocket-Version": "8" } })).rejects.toEqual(new RefusedError(426));
});

boardTest("the network ends WebSockets with 1001, and takes them again after its restart", async ({ virtual }) => {
  const [client, other] = [await open(virtual), await open(virtual)];
  expect(await client.call("set_wifi", { ap_ssid: "Other name" })).toEqual(ok("set_wifi"));
  for (const socket of [client, other]) {
    const { opcode, payload } = await socket.next();
    expect([opcode, payload.readUInt16BE(0)]).toEqual([8, 1001]);
    await socket.ended();
  }
  await virtual.ready();
  const log = await (await open(virtual)).call("get_status");
  expect(log).toHaveProperty("status.Camera", "Other name");
});
