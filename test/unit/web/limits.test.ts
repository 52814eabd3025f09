// SPDX-License-Identifier: Apache-2.0
import {
  ANSWER_MS,
  BODY_MS,
  CONNECTIONS,
  CROWDED_IDLE_MS,
  HEAD_MS,
  IDLE_MS,
  JSON_BYTES,
  LINGER_MS,
  REFUSALS,
} from "modules/web/limits";
import { COMMAND_BYTES } from "modules/protocol/protocol";
import type { Transport } from "modules/server/transport";
import type { Connection } from "../server/fake-tcp";
import { answersOf, request, WebRig } from "./rig";

const JSON_TYPE = { "Content-Type": "application/json" };

const status = async (bytes: string): Promise<number> => (await new WebRig().one(bytes)).status;

test("a JSON body has room for the longest command", () => {
  expect(JSON_BYTES).toBe(COMMAND_BYTES);
});

test.each([
  [400, "two lengths", "POST / HTTP/1.1\r\nHost: 1.2.3.4\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n"],
  [400, "a bare CR", "GET / HTTP/1.1\r\nHost: 1.2.3.4\r\nX: a\rb\r\n\r\n"],
  [400, "a bare LF", "GET / HTTP/1.1\nHost: 1.2.3.4\n\n"],
  [400, "a NUL", "GET / HTTP/1.1\r\nHost: 1.2.3.4\r\nX: a\0b\r\n\r\n"],
  [400, "a line without a colon", "GET / HTTP/1.1\r\nHost: 1.2.3.4\r\nbroken\r\n\r\n"],
  [400, "a folded line", "GET / HTTP/1.1\r\nHost: 1.2.3.4\r\nX: a\r\n b\r\n\r\n"],
  [400, "a length and an encoding", request("POST /", { "Content-Length": "4", "Transfer-Encoding": "chunked" })],
  [400, "two hosts", "GET / HTTP/1.1\r\nHost: 1.2.3.4\r\nHost: 1.2.3.4\r\n\r\n"],
  [400, "no host", "GET / HTTP/1.1\r\n\r\n"],
  [501, "an encoded body", request("POST /api/v1/command", { "Transfer-Encoding": "chunked" })],
  [505, "another version", "GET / HTTP/2.0\r\nHost: 1.2.3.4\r\n\r\n"],
])("%i for %s, and the connection ends", async (expected, _, bytes) => {
  const rig = new WebRig();
  const connection = await rig.connect();
  connection.write(bytes + request("GET /"));
  await rig.timers.advance(LINGER_MS);
  const answers = answersOf(connection.received);
  expect(answers.map((answer) => [answer.status, answer.fields.get("connection")])).toEqual([[expected, "close"]]);
  expect(connection.closedByCamera).toBe(true);
});

test("limits of the head", async () => {
  const line = (bytes: number): string => request(`GET /${"a".repeat(bytes - "GET / HTTP/1.1".length)}`);
  expect(await status(line(1_024))).toBe(404);
  expect(await status(line(1_025))).toBe(414);
  expect(await status(request("GET /", { X: "a".repeat(4_000) }))).toBe(200);
  expect(await status(request("GET /", { X: "a".repeat(4_097) }))).toBe(431);
  const fields = (count: number): Record<string, string> =>
    Object.fromEntries(Array.from({ length: count - 1 }, (_, i) => [`X${i}`, "1"]));
  expect(await status(request("GET /", fields(48)))).toBe(200);
  expect(await status(request("GET /", fields(49)))).toBe(431);
});

test("limits of the body", async () => {
  const command = (fields: Record<string, string>): string => request("POST /api/v1/command", fields);
  expect(await status(command(JSON_TYPE))).toBe(411);
  expect(await status(command({ ...JSON_TYPE, "Content-Length": `${JSON_BYTES}` }))).toBe(200);
  expect(await status(command({ ...JSON_TYPE, "Content-Length": `${JSON_BYTES + 1}` }))).toBe(413);
  expect(await status(request("GET /", { "Content-Length": "1" }))).toBe(413);
  expect(await status(request("POST /api/v1/ffc", { "Content-Length": "0" }))).toBe(200);
  expect(await status(request("POST /api/v1/ffc"))).toBe(200);
  expect(await status(request("POST /api/v1/update", { "Content-Length": "4294967295" }))).toBe(200);
  expect(await status(request("POST /api/v1/update", { "Content-Length": "4294967296" }))).toBe(413);
});

test.each([
  ["/api/v1/command", "text/plain", 415],
  ["/api/v1/command", "application/x-www-form-urlencoded", 415],
  ["/api/v1/command", "application/JSON; charset=utf-8", 200],
  ["/api/v1/update", "multipart/form-data; boundary=x", 415],
  ["/api/v1/update", "application/octet-stream", 200],
  ["/api/v1/update", "application/macbinary", 200],
])("%s with a body of %s: %i", async (path, type, expected) => {
  expect(await status(request(`POST ${path}`, { "Content-Type": type, "Content-Length": "2" }))).toBe(expected);
});

test("a body without a type is JSON only where JSON is not expected", async () => {
  expect(await status(request("POST /api/v1/command", {}, "{}"))).toBe(415);
  expect(await status(request("POST /api/v1/update", {}, "{}"))).toBe(200);
});

test("a head that does not end in time is 408, however it trickles in", async () => {
  const rig = new WebRig();
  const connection = await rig.connect();
  for (const byte of request("GET /").slice(0, 10)) {
    connection.write(byte);
    await rig.timers.advance(HEAD_MS / 10 - 1);
  }
  expect(connection.received).toHaveLength(0);
  await rig.timers.advance(10);
  expect(answersOf(connection.received).map((answer) => answer.status)).toEqual([408]);
  await rig.timers.advance(LINGER_MS);
  expect(connection.closedByCamera).toBe(true);
});

test("a body that stands still while a handler waits for it is 408", async () => {
  const rig = new WebRig({
    async command(exchange) {
      exchange.respond(200, { body: await exchange.body() });
    },
  });
  const connection = await rig.connect();
  connection.write(request("POST /api/v1/command", { ...JSON_TYPE, "Content-Length": "4" }));
  for (const byte of "abc") {
    await rig.timers.advance(BODY_MS - 1);
    connection.write(byte);
  }
  await rig.timers.advance(BODY_MS - 1);
  expect(connection.received).toHaveLength(0);
  await rig.timers.advance(2);
  expect(answersOf(connection.received).map((answer) => answer.status)).toEqual([408]);
  expect(rig.logged.lines).not.toContainEqual(expect.stringContaining("command"));
});

test("a connection without a request ends, and so does one between requests", async () => {
  const rig = new WebRig();
  const silent = await rig.connect();
  const used = await rig.connect();
  await rig.timers.advance(IDLE_MS - 1_000);
  used.write(request("GET /"));
  await rig.timers.advance(1_000);
  expect([silent.closedByCamera, used.closedByCamera]).toEqual([true, false]);
  await rig.timers.advance(IDLE_MS);
  expect(used.closedByCamera).toBe(true);
});

test("a client that does not take its answer is dropped", async () => {
  const rig = new WebRig({ device: (exchange) => exchange.respond(200, { body: "x".repeat(20_000) }) });
  const connection = await rig.connect();
  connection.paused = true;
  connection.write(request("GET /api/v1/device"));
  await rig.timers.advance(ANSWER_MS - 1);
  expect(connection.closedByCamera).toBe(false);
  await rig.timers.advance(1);
  expect(connection.closedByCamera).toBe(true);
});

const CLOSED = (connections: readonly Connection[]): number =>
  connections.filter(({ closedByCamera }) => closedByCamera).length;

test("idle connections end sooner when few places are free", async () => {
  const rig = new WebRig();
  const idle: Connection[] = [];
  for (let i = 0; i < CONNECTIONS - 2; i++) idle.push(await rig.connect());
  await rig.timers.advance(CROWDED_IDLE_MS);
  expect(CLOSED(idle)).toBe(0);
  idle.push(await rig.connect());
  await rig.timers.advance(CROWDED_IDLE_MS);
  expect(CLOSED(idle)).toBe(CONNECTIONS - 1);
});

test("a further connection takes the place of the one that has been idle longest", async () => {
  const rig = new WebRig();
  const first: Connection[] = [];
  for (let i = 0; i < CONNECTIONS; i++) {
    first.push(await rig.connect());
    await rig.timers.advance(1);
  }
  first[0]?.write(request("GET /"));
  await rig.timers.advance(1);
  const more = await rig.connect();
  more.write(request("GET /"));
  await rig.settle();
  expect(answersOf(more.received).map((answer) => answer.status)).toEqual([200]);
  expect(first.map(({ closedByCamera }) => closedByCamera)).toEqual([false, true, ...Array<boolean>(6).fill(false)]);
});

test("with every place busy a further connection is 503 and asked to come back", async () => {
  const rig = new WebRig({ device: () => undefined });
  const busy: Connection[] = [];
  for (let i = 0; i < CONNECTIONS; i++) {
    const connection = await rig.connect();
    connection.write(request("GET /api/v1/device"));
    busy.push(connection);
  }
  await rig.settle();
  const refused: Connection[] = [];
  for (let i = 0; i < REFUSALS + 2; i++) refused.push(await rig.connect());
  const seen = (): number[] => refused.map(({ received }) => answersOf(received)[0]?.status ?? 0);
  await rig.settle();
  const [answer] = answersOf(refused[0]?.received ?? Buffer.alloc(0));
  expect([answer?.fields.get("retry-after"), answer?.fields.get("connection")]).toEqual(["1", "close"]);
  // So many at a time, each of which stays while its request may still come.
  await rig.timers.advance(2 * LINGER_MS);
  expect(seen()).toEqual(Array(REFUSALS + 2).fill(503));
  expect(CLOSED(refused)).toBe(REFUSALS + 2);
  expect(CLOSED(busy)).toBe(0);
  busy[0]?.reset();
  await rig.settle();
  const next = await rig.connect();
  next.write(request("GET /"));
  await rig.settle();
  expect(answersOf(next.received)[0]?.status).toBe(200);
});

test("a refused client that sends on gets the reason all the same", async () => {
  const rig = new WebRig({ device: () => undefined });
  for (let i = 0; i < CONNECTIONS; i++) (await rig.connect()).write(request("GET /api/v1/device"));
  await rig.settle();
  const connection = await rig.connect();
  connection.write(request("GET /"));
  await rig.settle();
  expect(answersOf(connection.received)[0]?.status).toBe(503);
  expect(connection.unread).toBe(0);
});

test("a second client of the events is 503 until the first one leaves", async () => {
  const transports: Transport[] = [];
  const rig = new WebRig({ events: (exchange) => void transports.push(exchange.stream({})) });
  const ask = request("GET /api/v1/events");
  (await rig.connect()).write(ask);
  await rig.settle();
  const { status: refused, fields } = await rig.one(ask);
  expect([refused, fields.get("retry-after"), transports.length]).toEqual([503, "1", 1]);
  transports[0]?.close();
  (await rig.connect()).write(ask);
  await rig.settle();
  expect(transports).toHaveLength(2);
});

test("a connection that cannot be handed over is closed and logged, and its place is free", async () => {
  let handed = 0;
  const rig = new WebRig({ events: (exchange) => void (exchange.stream({}), (handed += 1)) });
  const ask = request("GET /api/v1/events");
  const connection = await rig.connect();
  rig.net.openError = new Error("no memory");
  connection.write(ask);
  await rig.settle();
  expect([connection.closedByCamera, handed]).toEqual([true, 0]);
  expect(rig.logged.lines.at(-1)).toContain("no memory");
  (await rig.connect()).write(ask);
  await rig.settle();
  expect(handed).toBe(1);
});
