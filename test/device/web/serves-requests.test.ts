// SPDX-License-Identifier: Apache-2.0
/** The web server on the engine, with the firmware's sockets on the virtual network. */
import { answersOf, request } from "../../unit/web/answers";
import type { Peer } from "../platform/peer";
import { virtualNetworkTest } from "../platform/networks";

const SERVER = `
  import Instrumentation from "instrumentation";
  import { DeviceTimers } from "drivers/timers/device-timers";
  import Listener from "embedded:io/socket/listener";
  import TCP from "embedded:io/socket/tcp";
  import { engineText } from "modules/protocol/text";
  import { NativeHttpHead } from "modules/web/native-head";
  import { WebServer } from "modules/web/server";
  const ignore = () => {};
  const log = { error: say, warn: say, info: ignore, debug: ignore };
  const handlers = {
    device: (exchange) => exchange.respond(200, { body: "{}" }),
    log: (exchange) => exchange.respond(200, { body: "x".repeat(exchange.query.since) }),
    async command(exchange) { exchange.respond(200, { body: await exchange.body() }); },
    wifi(exchange) {
      Instrumentation.collect();
      const { slotsUsed, chunkBytes, keys } = Instrumentation.heap;
      exchange.respond(200, { body: JSON.stringify([slotsUsed, chunkBytes, keys]) });
    },
    restart: (exchange) => exchange.respond(200, { onSent: () => server.stop() }),
  };
  const server = new WebServer({
    Listener, TCP, timers: new DeviceTimers(), text: engineText, log, handlers,
    faults: { raise: say, clear: ignore }, names: () => ["camera"], createHead: () => new NativeHttpHead(),
  });
  server.start();
  say("ready");
`;

/** Sends requests, the last of which closes, and returns the bodies of the answers. */
async function ask(peer: Peer, requests: readonly string[]): Promise<string[]> {
  peer.write(requests.join(""));
  const { end, bytes } = await peer.drain();
  expect(end).toBe("end");
  return answersOf(bytes).map(({ status, body }) => (status === 200 ? body : `${status}`));
}

const CLOSE = { Connection: "close" };

virtualNetworkTest("bodies of any size come back, in order", async ({ run, connect }) => {
  const script = run(SERVER);
  expect(await script.line()).toBe("ready");
  const sizes = [0, 1, 500, 511, 512, 513, 5_744, 12_287];
  const fields = { "Content-Type": "application/json" };
  const bodies = sizes.map((size) => "ä".repeat(size >> 1) + "x".repeat(size & 1));
  const requests = bodies.map((body, i) =>
    request(
      "POST /api/v1/command",
      { ...fields, ...(body === "" && { "Content-Length": "0" }), ...(i === 7 && CLOSE) },
      body,
    ),
  );
  expect(await ask(await connect(80), requests)).toEqual(bodies);
  const long = request("GET /api/v1/log?since=100000", CLOSE);
  expect((await ask(await connect(80), [long]))[0]).toHaveLength(100_000);
  await script.stop();
});

virtualNetworkTest("the heap is flat after many requests, refusals and connections", async ({ run, connect }) => {
  const script = run(SERVER);
  expect(await script.line()).toBe("ready");
  const json = { "Content-Type": "application/json" };
  const round = async (i: number): Promise<number[]> => {
    for (let k = 0; k < 10; k++) {
      const requests = [
        ...Array<string>(20).fill(request("GET /api/v1/device")),
        request(`GET /api/v1/log?since=10&made-up-${i}-${k}=1`, { [`X-Made-Up-${i}-${k}`]: "1" }),
        request("POST /api/v1/command", json, JSON.stringify({ cmd: `unknown-${i}-${k}` })),
        request(`GET /nothing-${i}-${k}`),
        request("GET /api/v1/device", { Origin: "http://evil.example", ...CLOSE }),
      ];
      expect(await ask(await connect(80), requests)).toHaveLength(24);
    }
    const broken = await connect(80);
    broken.write("GET / HTTP/1.1\r\nHost");
    broken.reset();
    const [heap = "[]"] = await ask(await connect(80), [request("GET /api/v1/wifi", CLOSE)]);
    return JSON.parse(heap) as number[];
  };
  await round(0);
  const before = await round(1);
  for (let i = 2; i < 8; i++) await round(i);
  const after = await round(8);
  const [slots = NaN, chunks = NaN, keys = NaN] = after.map((value, i) => value - (before[i] ?? 0));
  expect(keys).toBe(0);
  expect(Math.abs(slots)).toBeLessThan(20);
  expect(Math.abs(chunks)).toBeLessThan(2_000);
  await script.stop();
});
