// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import type { Handlers } from "modules/web/exchange";
import { REQUESTS } from "modules/web/limits";
import { ROUTES } from "modules/web/routes";
import { answersOf, request, WebRig } from "./rig";

/** Answers with the body that it gets. */
const echo: Partial<Handlers> = {
  async command(exchange) {
    exchange.respond(200, { type: "text/plain", body: await exchange.body() });
  },
};

const JSON_TYPE = { "Content-Type": "application/json" };

test("a request is answered with the fields that protect the page", async () => {
  const { status, fields, body } = await new WebRig().one(request("GET /"));
  expect([status, body]).toEqual([200, "page"]);
  expect(Object.fromEntries(fields)).toEqual({
    "x-content-type-options": "nosniff",
    "content-security-policy": "default-src 'self' 'unsafe-inline' data: blob:",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
    "content-length": "4",
    "content-type": "text/html; charset=utf-8",
    connection: "keep-alive",
  });
});

test("HEAD has the fields of GET and no body", async () => {
  const { status, fields, body } = await new WebRig().one(request("HEAD /"));
  expect([status, fields.get("content-length"), body]).toEqual([200, "4", ""]);
});

test("an unknown path is 404 with the reason as JSON, never a redirect", async () => {
  const { status, fields, body } = await new WebRig().one(request("GET /favicon.ico"));
  expect([status, fields.get("content-type")]).toEqual([404, "application/json"]);
  expect(JSON.parse(body)).toEqual({ error: "there is nothing at this path" });
  expect(fields.get("location")).toBeUndefined();
});

test.each([
  ["POST", "/", "GET, HEAD, OPTIONS"],
  ["GET", "/api/v1/command", "POST, OPTIONS"],
  ["POST", "/api/v1/config", "GET, HEAD, PUT, OPTIONS"],
  ["HEAD", "/api/v1/events", "GET, OPTIONS"],
  ["DELETE", "/api/v1/config", "GET, HEAD, PUT, OPTIONS"],
])("%s %s is 405 and names the methods", async (method, path, allow) => {
  const { status, fields } = await new WebRig().one(request(`${method} ${path}`));
  expect([status, fields.get("allow")]).toEqual([405, allow]);
});

test("OPTIONS names the methods", async () => {
  const rig = new WebRig();
  const answers = [await rig.one(request("OPTIONS /api/v1/config")), await rig.one(request("OPTIONS *"))];
  expect(answers.map(({ status, fields }) => [status, fields.get("allow")])).toEqual([
    [204, "GET, HEAD, PUT, OPTIONS"],
    [204, "GET, HEAD, POST, PUT, OPTIONS"],
  ]);
});

test("an alias is the same route", async () => {
  const rig = new WebRig();
  expect((await rig.one(request("GET /api/status"))).body).toBe("device");
});

test("a URL in place of the path is accepted if its host is that of the request", async () => {
  const rig = new WebRig();
  expect((await rig.one(request("GET http://192.168.4.1/"))).body).toBe("page");
  expect((await rig.one(request("GET http://192.168.4.1"))).body).toBe("page");
  expect((await rig.one(request("GET http://192.168.4.9/"))).status).toBe(400);
});

test("HTTP/1.0 ends the connection unless it asks to keep it", async () => {
  const rig = new WebRig();
  const closing = await rig.connect();
  closing.write("GET / HTTP/1.0\r\n\r\n");
  const keeping = await rig.connect();
  keeping.write("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n");
  await rig.settle();
  expect([closing.closedByCamera, keeping.closedByCamera]).toEqual([true, false]);
  expect(answersOf(closing.received)[0]?.fields.get("connection")).toBe("close");
  expect(answersOf(keeping.received)[0]?.fields.get("connection")).toBe("keep-alive");
});

test("Connection: close ends the connection", async () => {
  const rig = new WebRig();
  const connection = await rig.connect();
  connection.write(request("GET /", { Connection: "Upgrade, CLOSE" }));
  await rig.settle();
  expect(answersOf(connection.received)[0]?.fields.get("connection")).toBe("close");
  expect(connection.closedByCamera).toBe(true);
});

test("a connection ends after its last request, and what follows is not run", async () => {
  const rig = new WebRig();
  const connection = await rig.connect();
  connection.write(request("GET /").repeat(REQUESTS + 5));
  await rig.settle();
  const answers = answersOf(connection.received);
  expect(answers).toHaveLength(REQUESTS);
  expect(answers.map(({ fields }) => fields.get("connection"))).toEqual([
    ...Array<string>(REQUESTS - 1).fill("keep-alive"),
    "close",
  ]);
  connection.shut();
  await rig.settle();
  expect(connection.closedByCamera).toBe(true);
});

test("pipelined requests are run one after the other and answered in order", async () => {
  const order: string[] = [];
  const finish: (() => void)[] = [];
  const rig = new WebRig({
    device(exchange) {
      order.push("device begins");
      return new Promise((resolve) =>
        finish.push(() => {
          order.push("device ends");
          exchange.respond(200, { body: "slow" });
          resolve();
        }),
      );
    },
    config(exchange) {
      order.push("config");
      exchange.respond(200, { body: "fast" });
    },
  });
  const connection = await rig.connect();
  connection.write(request("GET /api/v1/device") + request("GET /api/v1/config"));
  await rig.settle();
  expect(connection.received).toHaveLength(0);
  finish[0]?.();
  await rig.settle();
  expect(order).toEqual(["device begins", "device ends", "config"]);
  expect(answersOf(connection.received).map(({ body }) => body)).toEqual(["slow", "fast"]);
});

test("a half-closed client gets the answers to all its requests", async () => {
  const rig = new WebRig();
  const connection = await rig.connect();
  connection.write(request("GET /").repeat(3));
  connection.shut();
  await rig.settle();
  expect(answersOf(connection.received)).toHaveLength(3);
  expect(connection.closedByCamera).toBe(true);
});

test("any split of a stream of requests gives the same answers", async () => {
  const requests = [
    request("GET /?x=1"),
    request("POST /api/v1/command", JSON_TYPE, "hello"),
    request("GET /nothing"),
    request("HEAD /"),
    request("POST /api/v1/command", JSON_TYPE, "x".repeat(1_500)),
    request("POST /api/v1/command", { "Content-Type": "text/plain" }, "a body that is not read"),
    request("GET /"),
  ];
  const stream = Buffer.from(requests.join(""));
  const seen = async (cuts: readonly number[]): Promise<string> => {
    const rig = new WebRig(echo);
    const connection = await rig.connect();
    let from = 0;
    for (const cut of [...new Set(cuts)].sort((a, b) => a - b)) {
      connection.write(stream.subarray(from, cut));
      from = cut;
      await rig.settle();
    }
    connection.write(stream.subarray(from));
    await rig.settle();
    return connection.received.toString();
  };
  const whole = await seen([]);
  const answers = answersOf(Buffer.from(whole), [3]);
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 404, 200, 200, 415]);
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 1, max: stream.length - 1 }), { maxLength: 12 }), async (cuts) => {
      expect(await seen(cuts)).toBe(whole);
    }),
    { numRuns: 40 },
  );
});

test.each(["snapshot", "snapshotPng", "stream"] as const)(
  "%s refuses a range whose ends are equal or exchanged, and takes one end alone",
  async (name) => {
    const run = jest.fn((exchange: { respond(status: number): void }) => exchange.respond(200));
    const rig = new WebRig({ [name]: run });
    for (const query of ["min=30&max=20", "max=20&min=20", "min=0&max=-0.5"]) {
      const { status, body } = await rig.one(request(`GET ${ROUTES[name].path}?${query}`));
      expect([query, status, JSON.parse(body)]).toEqual([query, 400, { error: "min must be less than max" }]);
    }
    for (const query of ["min=20&max=20.5", "min=-40&max=-20", "min=30", "max=-10"])
      expect((await rig.one(request(`GET ${ROUTES[name].path}?${query}`))).status).toBe(200);
    expect(run).toHaveBeenCalledTimes(4);
  },
);

test("query values are checked and typed; unknown names are ignored", async () => {
  const seen: unknown[] = [];
  const rig = new WebRig({
    log(exchange) {
      seen.push(exchange.query);
      exchange.respond(200, { body: "" });
    },
  });
  await rig.one(request("GET /api/v1/log?since=12&other=%20&since=13"));
  await rig.one(request("GET /api/log"));
  expect(seen).toEqual([{ since: 13 }, { since: 0 }]);
  for (const query of ["since=", "since=-1", "since=1.5", "since=0x10", "since=1e3", "since=%31%", "since=1+"]) {
    const { status, body } = await rig.one(request(`GET /api/v1/log?${query}`));
    expect([query, status]).toEqual([query, 400]);
    expect(JSON.parse(body)).toEqual({ error: expect.any(String) });
  }
  expect(seen).toHaveLength(2);
});
