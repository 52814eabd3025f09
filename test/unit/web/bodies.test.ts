// SPDX-License-Identifier: Apache-2.0
import { type Exchange, ExchangeClosed, type Handlers, WebError } from "modules/web/exchange";
import type { Connection } from "../server/fake-tcp";
import { answersOf, request, WebRig } from "./rig";

const JSON_TYPE = { "Content-Type": "application/json" };

/** Runs a handler of POST /api/v1/command. */
const withCommand = (command: Handlers["command"]): WebRig => new WebRig({ command });

test("a body that is not read stays in the socket and holds the sender back", async () => {
  let exchange: Exchange | undefined;
  const rig = new WebRig({ update: (given) => void (exchange = given) });
  const connection = await rig.connect();
  connection.write(request("POST /api/v1/update", { "Content-Length": "100000" }) + "x".repeat(100_000));
  await rig.settle();
  expect(connection.unread).toBeGreaterThan(99_000);
  const read = await exchange?.read(new Uint8Array(10));
  expect(read).toBe(10);
  await rig.timers.advance(600_000);
  expect(connection.closedByCamera).toBe(false);
});

test("a body is read in pieces, also those that came with the head, and then ends", async () => {
  const pieces: string[] = [];
  const rig = withCommand(async (exchange) => {
    const target = new Uint8Array(4);
    for (let count = await exchange.read(target); count > 0; count = await exchange.read(target))
      pieces.push(Buffer.from(target.subarray(0, count)).toString());
    exchange.respond(200);
  });
  const connection = await rig.connect();
  connection.write(request("POST /api/v1/command", { ...JSON_TYPE, "Content-Length": "12" }) + "abcdef");
  await rig.settle();
  connection.write("ghijkl" + request("GET /"));
  await rig.settle();
  expect(pieces.join("")).toBe("abcdefghijkl");
  expect(answersOf(connection.received).map(({ status }) => status)).toEqual([200, 200]);
});

test("100 Continue is sent when the body is wanted, and not when the request is refused", async () => {
  const rig = withCommand(async (exchange) => exchange.respond(200, { body: await exchange.body() }));
  const connection = await rig.connect();
  const expecting = { Expect: "100-continue", "Content-Length": "2" };
  connection.write(request("POST /api/v1/command", { ...JSON_TYPE, ...expecting }));
  await rig.settle();
  expect(connection.received.toString()).toBe("HTTP/1.1 100 Continue\r\n\r\n");
  connection.write("{}");
  await rig.settle();
  expect(answersOf(connection.received).map(({ body }) => body)).toEqual(["{}"]);
  const refused = await rig.connect();
  refused.write(request("POST /api/v1/command", { ...expecting, "Content-Type": "text/plain" }));
  await rig.settle();
  expect(refused.received.toString()).toMatch(/^HTTP\/1\.1 415 /);
  expect((await rig.one(request("POST /api/v1/command", { ...JSON_TYPE, Expect: "more" }, "{}"))).status).toBe(417);
});

test("a client that leaves while a handler waits for its body ends the wait", async () => {
  const errors: unknown[] = [];
  const closed = jest.fn();
  const rig = withCommand(async (exchange) => {
    exchange.onClosed = closed;
    await exchange.body().catch((error: unknown) => errors.push(error));
  });
  for (const leave of ["shut", "reset"] as const) {
    const connection = await rig.connect();
    connection.write(request("POST /api/v1/command", { ...JSON_TYPE, "Content-Length": "4" }) + "ab");
    await rig.settle();
    connection[leave]();
    await rig.settle();
    expect(connection.closedByCamera).toBe(true);
  }
  expect(errors).toEqual([expect.any(ExchangeClosed), expect.any(ExchangeClosed)]);
  expect(closed).toHaveBeenCalledTimes(2);
});

test("an error of a handler is 500 without its text, and a WebError is its status", async () => {
  const rig = new WebRig({
    device: () => {
      throw new Error("secret");
    },
    config: () => Promise.reject(new Error("secret")),
    wifi: () => Promise.reject(new WebError(409, "not now", { "Retry-After": "1" })),
  });
  for (const path of ["device", "config"]) {
    const { status, body } = await rig.one(request(`GET /api/v1/${path}`));
    expect([status, JSON.parse(body)]).toEqual([500, { error: "internal error" }]);
  }
  expect(rig.logged.lines.filter((line) => line.includes("secret"))).toHaveLength(2);
  const { status, fields, body } = await rig.one(request("GET /api/v1/wifi"));
  expect([status, fields.get("retry-after"), JSON.parse(body)]).toEqual([409, "1", { error: "not now" }]);
});

test("a handler that answers twice is a defect, which the client does not see", async () => {
  const rig = new WebRig({
    device(exchange) {
      exchange.respond(200, { body: "first" });
      exchange.respond(200, { body: "second" });
    },
  });
  const answers = await rig.ask(request("GET /api/v1/device"));
  expect(answers.map(({ body }) => body)).toEqual(["first"]);
  expect(rig.logged.lines).toContainEqual(expect.stringContaining("answered before"));
});

test("onSent comes once: when the answer was written, or when the connection is lost", async () => {
  const onSent = jest.fn();
  const rig = new WebRig({ device: (exchange) => exchange.respond(200, { body: "x".repeat(20_000), onSent }) });
  await rig.one(request("GET /api/v1/device"));
  expect(onSent).toHaveBeenCalledTimes(1);
  const connection = await rig.connect();
  connection.paused = true;
  connection.write(request("GET /api/v1/device"));
  await rig.settle();
  expect(onSent).toHaveBeenCalledTimes(1);
  connection.reset();
  await rig.settle();
  expect(onSent).toHaveBeenCalledTimes(2);
});

test("a source is pumped with its length; one that ends early ends the connection", async () => {
  const source = (bytes: number) => ({
    read(target: Uint8Array): number {
      const count = Math.min(target.length, bytes);
      bytes -= count;
      target.fill(97, 0, count);
      return count;
    },
  });
  const rig = new WebRig({
    device: (exchange) => exchange.respond(200, { body: { source: source(50_000), length: 50_000 } }),
    config: (exchange) => exchange.respond(200, { body: { source: source(10_000), length: 50_000 } }),
  });
  const connection = await rig.connect();
  connection.write(request("GET /api/v1/device") + request("GET /"));
  await rig.timers.advance(100);
  expect(answersOf(connection.received).map(({ body }) => body.length)).toEqual([50_000, 4]);
  const short = await rig.connect();
  short.write(request("GET /api/v1/config"));
  await rig.timers.advance(100);
  expect(short.closedByCamera).toBe(true);
});

test("a connection that is handed over reads first what came behind the request", async () => {
  const read: string[] = [];
  const target = new Uint8Array(8);
  const rig = new WebRig({
    events(exchange) {
      const transport = exchange.stream({ "X-Kind": "test" });
      const take = (): void => {
        for (let count = transport.read(target); count > 0; count = transport.read(target))
          read.push(Buffer.from(target.subarray(0, count)).toString());
      };
      transport.events = {
        onReadable: take,
        onWritable: () => undefined,
        onEnd: () => {
          read.push("end");
          transport.close();
        },
        onClosed: () => undefined,
      };
    },
  });
  const connection = await rig.connect();
  connection.write(request("GET /api/v1/events") + "behind the request");
  connection.shut();
  await rig.settle();
  expect(read.join("")).toBe("behind the requestend");
  expect(connection.received.toString()).toMatch(
    /^HTTP\/1\.1 200 OK\r\n[^]*X-Kind: test\r\n[^]*Connection: close\r\n\r\n$/,
  );
});

test("a connection without memory for the head of a long-lived answer is closed, and its place is free", async () => {
  let connection: Connection | undefined;
  let failure: unknown;
  const rig = new WebRig({
    events(exchange) {
      if (connection) connection.starved = true;
      try {
        exchange.stream({});
      } catch (error) {
        failure = error;
        throw error;
      }
    },
  });
  connection = await rig.connect();
  connection.write(request("GET /api/v1/events"));
  await rig.settle();
  expect(failure).toBeInstanceOf(ExchangeClosed);
  expect([connection.closedByCamera, connection.received.length, rig.timers.pending]).toEqual([true, 0, 0]);
  connection = undefined;
  expect((await rig.one(request("GET /api/v1/events"))).status).toBe(200);
});

test("100 Continue that finds no memory is sent when there is some", async () => {
  const rig = withCommand(async (exchange) => {
    connection.starved = true;
    exchange.respond(200, { body: await exchange.body() });
  });
  const connection = await rig.connect();
  const fields = { ...JSON_TYPE, Expect: "100-continue", "Content-Length": "2" };
  connection.write(request("POST /api/v1/command", fields));
  await rig.settle();
  expect(connection.received).toHaveLength(0);
  connection.starved = false;
  connection.reportWritable();
  await rig.settle();
  expect(connection.received.toString()).toBe("HTTP/1.1 100 Continue\r\n\r\n");
});

test("stop ends all connections, those that were handed over too, and start serves again", async () => {
  const closed = jest.fn();
  const lost = jest.fn();
  const rig = new WebRig({
    events(exchange) {
      const transport = exchange.stream({});
      const none = (): void => undefined;
      transport.events = { onReadable: none, onWritable: none, onEnd: none, onClosed: closed };
    },
    device: (exchange) => void (exchange.onClosed = lost),
  });
  const connections = [await rig.connect(), await rig.connect(), await rig.connect()];
  connections[0]?.write(request("GET /api/v1/events"));
  connections[1]?.write(request("GET /api/v1/device"));
  await rig.settle();
  rig.server.stop();
  expect(connections.map(({ closedByCamera }) => closedByCamera)).toEqual([true, true, true]);
  expect([closed, lost].map(({ mock }) => mock.calls.length)).toEqual([1, 1]);
  expect([rig.net.listeners, rig.timers.pending]).toEqual([0, 0]);
  rig.server.start();
  expect((await rig.one(request("GET /"))).status).toBe(200);
});

test("a socket that cannot listen raises a fault and is tried again", async () => {
  const rig = new WebRig();
  rig.server.stop();
  rig.net.listenError = new Error("port 80 is in use");
  rig.server.start();
  expect(rig.faults.raise).toHaveBeenCalledTimes(1);
  rig.net.listenError = undefined;
  await rig.timers.advance(1_000);
  expect(rig.net.listeners).toBe(1);
  expect((await rig.one(request("GET /"))).status).toBe(200);
});
