// SPDX-License-Identifier: Apache-2.0
import { request as httpRequest } from "node:http";
import { makeRoutes } from "../../../simulator/board/control/routes";
import { ControlServer } from "../../../simulator/board/control/server";
import { openScene, recordedScene } from "../../../simulator/board/scenes";
import { type Bench, LinkClient, makeBench, settle } from "./fixture";

let bench: Bench;
let server: ControlServer;
let port = 0;
let speeds: (number | string)[] = [];
beforeEach(async () => {
  bench = await makeBench();
  speeds = [];
  const { board } = bench;
  const routes = makeRoutes({
    board,
    describe: () => ({ port: 5001 }),
    setScene: (name) => (board.lepton.scene = openScene(name)),
    setRecording: (image) => (board.lepton.scene = recordedScene(JSON.stringify(image), "image")),
    setSpeed: (speed) => Promise.resolve(void speeds.push(speed)),
  });
  server = new ControlServer(routes, board.journal);
  port = await server.listen(0);
});
afterEach(async () => {
  await server.close();
  await bench.close();
});

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

function call(
  path: string,
  body?: unknown,
  more: { headers?: Record<string, string>; method?: string; raw?: string } = {},
): Promise<Answer> {
  const text = more.raw ?? (body === undefined ? undefined : JSON.stringify(body));
  const headers = { ...(text !== undefined && { "Content-Type": "application/json" }), ...more.headers };
  const method = more.method ?? (text === undefined ? "GET" : "POST");
  return new Promise((resolve, reject) => {
    const request = httpRequest({ host: "127.0.0.1", port, path, method, headers }, (response) => {
      let answer = "";
      response.setEncoding("utf8").on("data", (piece: string) => (answer += piece));
      response.on("end", () => {
        const isJson = response.headers["content-type"] === "application/json";
        resolve({ status: response.statusCode ?? 0, body: isJson ? (JSON.parse(answer) as unknown) : answer });
      });
    });
    request.on("error", reject);
    request.end(text);
  });
}
const error = (answer: Answer): string => (answer.body as { error: string }).error;

test("the state shows every part", async () => {
  const { status, body } = await call("/state");
  expect(status).toBe(200);
  expect(body).toMatchObject({
    port: 5001,
    chip: { state: "running", resetCause: "power-on", partition: "factory", version: "4.0" },
    mode: "wifi",
    button: "up",
    led: { color: "off" },
    lepton: { model: "3.5" },
    radio: { on: false },
    storage: { operations: { flash: 0, "key-value": 0 } },
  });
});

test("the LED's waveform can be read from a given time on", async () => {
  const pin = await LinkClient.open(bench.socket, { open: "digital", pin: 14, mode: "output", level: 1 });
  bench.time.pass(100);
  pin.send("L", Buffer.of(0));
  await settle();
  bench.time.pass(100);
  const all = (await call("/led")).body as { changes: { board: number; color: string }[] };
  expect(all.changes.map((change) => change.color)).toEqual(["off", "red", "off"]);
  const late = (await call(`/led?after=${all.changes[1]?.board}`)).body as typeof all;
  expect(late.changes.map((change) => change.color)).toEqual(["off"]);
});

test("button, reset, power, mode and speed", async () => {
  expect(await call("/button", { action: "down" })).toEqual({ status: 200, body: { ok: true } });
  expect(bench.board.buttonDown).toBe(true);
  await call("/button", { action: "up" });
  expect(bench.board.buttonDown).toBe(false);
  const press = call("/button", { press: 300 });
  while (!bench.board.buttonDown) await settle();
  bench.time.pass(301);
  expect((await press).status).toBe(200);
  expect(bench.board.buttonDown).toBe(false);
  await call("/reset", {});
  expect(bench.board.chip.cause).toBe("reset-pin");
  await call("/power", { on: false });
  expect(bench.board.powered).toBe(false);
  expect(error(await call("/reset", {}))).toBe("the board has no power");
  await call("/power", { on: true });
  expect(bench.board.powered).toBe(true);
  const cycle = call("/power", { cycle: 500 });
  while (bench.board.powered) await settle();
  await settle();
  bench.time.pass(400);
  await settle();
  expect(bench.board.powered).toBe(false);
  bench.time.pass(101);
  expect((await cycle).status).toBe(200);
  expect(bench.board.chip.starts).toBe(4);
  expect((await call("/mode", { mode: "serial" })).body).toMatchObject({ mode: "serial" });
  expect(bench.board.mode).toBe("serial");
  expect((await call("/speed", { speed: 10 })).body).toEqual({ speed: 10 });
  expect(speeds).toEqual([10]);
});

test("scenes by name and as a recorded image", async () => {
  expect((await call("/scene", { scene: "counter" })).body).toEqual({ scene: "counter" });
  const radiometric = Buffer.alloc(38_400, 0x12).toString("base64");
  const telemetry = Buffer.alloc(480).toString("base64");
  expect((await call("/scene", { image: { radiometric, telemetry } })).body).toEqual({ scene: "image" });
  const picture = (await call("/picture")).body as { words: string; min: number; max: number };
  expect(picture).toMatchObject({ min: 0x1212, max: 0x1212, words: radiometric });
  const log = (await call("/log")).body as { part: string; text: string }[];
  expect(log.filter((line) => line.part === "lepton").map((line) => line.text)).toContainEqual(
    expect.stringMatching(/^scene "image" is a recording: .* no setting changes them$/),
  );
});

test("the default scene as a picture is in hundredths of a kelvin", async () => {
  const picture = (await call("/picture")).body as { width: number; height: number; min: number; max: number };
  expect(picture).toMatchObject({ width: 160, height: 120 });
  expect(picture.min).toBeGreaterThan(27_315);
  expect(picture.max).toBeLessThan(27_315 + 5_400);
  expect(picture.max - picture.min).toBeGreaterThan(500);
});

test("faults on, with parameters, and off", async () => {
  const on = await call("/faults", { name: "bitErrors", probability: 0.5, value: 2 });
  expect(on.body).toMatchObject([{ name: "bitErrors", on: true, setting: { probability: 0.5, value: 2 } }]);
  await call("/faults", { name: "zeroBus" });
  await call("/faults", { name: "bitErrors", on: false });
  expect(bench.board.lepton.faults.list().filter((fault) => fault.on).map((fault) => fault.name)).toEqual(["zeroBus"]); // prettier-ignore
  await call("/faults", { clear: "all" });
  const list = (await call("/faults")).body as { name: string; on: boolean; effect: string }[];
  expect(list.find((fault) => fault.name === "bitErrors")).toMatchObject({ value: { default: 1, min: 1, max: 1312 } });
  expect(list.some((fault) => fault.on)).toBe(false);
  expect(list.every((fault) => fault.effect.length > 5)).toBe(true);
});

test("the radio's networks and stations", async () => {
  await call("/radio/network", {
    ssid: "Cellar",
    password: "12345678",
    rssi: -80,
    dhcp: { mode: "late", delay: 5000 },
  });
  await call("/radio/network", { ssid: "HomeNetwork", inRange: false });
  await call("/radio/station", { mac: "02:00:00:00:20:09", join: true, password: "wrong-one" });
  const { networks, stations } = (await call("/radio")).body as { networks: unknown[]; stations: unknown[] };
  expect(networks).toMatchObject([
    { ssid: "HomeNetwork", inRange: false, password: "password" },
    { ssid: "Cellar", rssi: -80, dhcp: { mode: "late", delay: 5000 }, inRange: true },
  ]);
  expect(stations).toMatchObject([{ auto: true }, { mac: "02:00:00:00:20:09", joined: false }]);
  await call("/radio/network", { ssid: "Cellar", remove: true });
  expect(error(await call("/radio/network", { ssid: "Cellar", remove: true }))).toBe('no network "Cellar"');
});

test("a power cut can be armed, read and disarmed", async () => {
  const armed = await call("/power-cut", { after: 3, on: "flash", restore: 100 });
  expect(armed.body).toMatchObject({ powerCut: { after: 3, on: "flash" } });
  expect((await call("/power-cut", { off: true })).body).toMatchObject({ powerCut: null });
});

test("stored values can be read and changed", async () => {
  await call("/key-value", { namespace: "s", key: "k", type: "uint8", value: "Bw==" });
  expect((await call("/key-value")).body).toEqual({ s: { k: { type: "uint8", value: "Bw==" } } });
  await call("/key-value", { namespace: "s", key: "k", delete: true });
  expect((await call("/key-value")).body).toEqual({ s: {} });
});

test("events arrive as they happen", async () => {
  const text = await new Promise<string>((resolve, reject) => {
    const request = httpRequest({ host: "127.0.0.1", port, path: "/events" }, (response) => {
      let received = "";
      response.setEncoding("utf8").on("data", (piece: string) => {
        received += piece;
        if (received.includes("event: log")) {
          request.destroy();
          resolve(received);
        }
      });
      bench.board.buttonDown = true;
      bench.board.journal.log("W", "test", "a line");
    });
    request.on("error", reject);
    request.end();
  });
  expect(text).toMatch(/event: button\ndata: \{"type":"button","board":\d+(\.\d+)?,"down":true\}\n\n/);
  expect(text).toContain('"level":"W","part":"test","text":"a line"');
});

test("the page has no external resources", async () => {
  const { status, body } = await call("/");
  expect(status).toBe(200);
  expect(body).toContain("Virtual tCam-Mini");
  expect(body).not.toMatch(/(src|href)=|https?:/);
});

test.each<[string, string, unknown, string]>([
  ["no action", "/button", {}, 'either "action" ("down" or "up") or "press" (milliseconds) is needed'],
  ["two actions", "/button", { action: "up", press: 5 }, 'either "action" ("down" or "up") or "press" (milliseconds) is needed'], // prettier-ignore
  ["an unknown action", "/button", { action: "push" }, "action must be one of: down, up"],
  ["a press of text", "/button", { press: "5" }, "press must be a number from 1 to 600000"],
  ["an endless press", "/button", { press: 1e9 }, "press must be a number from 1 to 600000"],
  ["an unknown field", "/button", { action: "up", now: 1 }, 'unknown field "now"; the fields are: action, press'],
  ["a field for a path without fields", "/reset", { hard: true }, 'unknown field "hard"; the fields are: none'],
  ["an array", "/reset", [], "the body must be a JSON object"],
  ["power neither on nor off", "/power", { on: "yes" }, "on must be true or false"],
  ["an unknown mode", "/mode", { mode: "ethernet" }, "mode must be one of: wifi, serial"],
  ["a speed of zero", "/speed", { speed: 0 }, "speed must be a number from 0.01 to 100"],
  ["half an operation", "/power-cut", { after: 1.5 }, "after must be a whole number"],
  ["an unknown storage", "/power-cut", { after: 1, on: "disk" }, "on must be one of: flash, key-value, any"],
  ["a key too long", "/key-value", { namespace: "s", key: "0123456789abcdef", type: "uint8", value: "AA==" }, 'key "0123456789abcdef" must have 1 to 15 bytes'], // prettier-ignore
  ["a value of the wrong size", "/key-value", { namespace: "s", key: "k", type: "uint16", value: "AA==" }, "a uint16 has 2 bytes, not 1"], // prettier-ignore
  ["no SSID", "/radio/network", {}, "the SSID must have 1 to 32 bytes"],
  [
    "a short password",
    "/radio/network",
    { ssid: "x", password: "1" },
    "the password must have 8 to 63 bytes, or be 64 hexadecimal digits, or none",
  ],
  ["an unknown DHCP", "/radio/network", { ssid: "x", dhcp: { mode: "odd" } }, "mode must be one of: normal, late, silent"], // prettier-ignore
  ["half a lease", "/radio/network", { ssid: "x", lease: { address: "1.2.3.4" } }, "mask must be four octets"],
  ["a station without address", "/radio/station", { mac: "x", join: true }, "mac must be six bytes as in 02:00:00:00:20:02"], // prettier-ignore
  ["a probability of two", "/faults", { name: "zeroBus", probability: 2 }, "zeroBus: probability must be 0 to 1"],
  ["a fault's value beyond its range", "/faults", { name: "bitErrors", value: 1e8 }, "bitErrors: value must be a whole number from 1 to 1312"], // prettier-ignore
  ["a negative value", "/faults", { name: "zeroPixels", value: -5 }, "zeroPixels: value must be a whole number from 1 to 19200"], // prettier-ignore
  ["a value of a fault that has none", "/faults", { name: "i2cNack", value: 3 }, "i2cNack: has no value"],
  ["a probability of text", "/faults", { name: "zeroBus", probability: "1" }, "probability must be a number"],
  ["too many bit errors", "/host-spi", { bitErrors: 1e6 }, "bitErrors must be a number from 0 to 1000"],
])("%s is status 400 with a clear error", async (_name, path, body, message) => {
  expect(await call(path, body)).toEqual({ status: 400, body: { error: message } });
});

test("errors that list choices", async () => {
  expect(error(await call("/faults", { name: "fire" }))).toMatch(/^no fault "fire"; the faults are: stuckDiscards, /);
  expect(error(await call("/scene", { scene: "/nowhere.tjsn" }))).toMatch(/no such file, and the built-in scenes are: default/); // prettier-ignore
  expect(error(await call("/scene", { scene: __dirname }))).toMatch(/": it is a folder, and the built-in scenes are: /);
  expect(error(await call("/scene", { scene: "/dev/zero" }))).toMatch(
    /it has more than 1048576 bytes, and the built-in/,
  );
  expect(error(await call("/scene", { image: { radiometric: "AAAA" } }))).toMatch(/radiometric holds 3 bytes/);
  expect(error(await call("/scene", { image: "text" }))).toMatch(/image must be an object/);
});

test("invalid HTTP requests get the right status", async () => {
  expect(await call("/reset", undefined, { raw: "{" })).toEqual({
    status: 400,
    body: { error: "the body is not JSON" },
  });
  expect((await call("/reset", undefined, { raw: "{}", headers: { "Content-Type": "text/plain" } })).status).toBe(415);
  expect((await call("/reset", undefined, { raw: " ".repeat(1_100_000) })).status).toBe(413);
  expect((await call("/nothing")).status).toBe(404);
  expect(await call("/reset")).toMatchObject({ status: 405, body: { error: "/reset takes POST, not GET" } });
  expect((await call("/state", {})).status).toBe(405);
  expect((await call("/log?after=x")).status).toBe(400);
});

test.each([
  ["a foreign Host (DNS rebinding)", { Host: "evil.example:5002" }],
  ["a Host that only begins like this computer", { Host: "127.0.0.1.evil.example" }],
  ["a page of another origin", { Origin: "https://evil.example" }],
  ["a page of another port", { Origin: "http://127.0.0.1:8080" }],
])("%s is refused", async (_name, headers) => {
  expect((await call("/reset", {}, { headers })).status).toBe(403);
  expect((await call("/state", undefined, { headers })).status).toBe(403);
  expect(bench.runs.length).toBe(1);
});

test("localhost by name and the board's own page are accepted", async () => {
  expect((await call("/state", undefined, { headers: { Host: `localhost:${port}` } })).status).toBe(200);
  const own = { Host: `127.0.0.1:${port}`, Origin: `http://127.0.0.1:${port}` };
  expect((await call("/reset", {}, { headers: own })).status).toBe(200);
});
