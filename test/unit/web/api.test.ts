// SPDX-License-Identifier: Apache-2.0
import { Commands } from "modules/protocol/protocol";
import { CommandError } from "modules/protocol/services";
import { Executor } from "modules/server/server";
import { type ApiOptions, apiHandlers } from "modules/web/api";
import { EventStream } from "modules/web/event-stream";
import { UpdateUpload } from "modules/web/update-upload";
import { WebCommands } from "modules/web/web-commands";
import { recordingLog } from "../fakes/log";
import { FakeServices, nodeBase64, nodeText } from "../protocol/fakes";
import { PlainFramer } from "../protocol/plain-framer";
import { VirtualTimers } from "../fakes/virtual-timers";
import { answersOf, request, WebRig, type WebAnswer } from "./rig";

class ApiRig {
  readonly services = new FakeServices();
  readonly executor = new Executor();
  readonly commands = new Commands(this.services, nodeBase64, recordingLog().log);
  readonly restart = jest.fn();
  readonly image = jest.fn((exchange: { respond(status: number): void }) => exchange.respond(200));
  readonly answered: string[] = [];
  readonly events: EventStream;
  readonly web: WebRig;

  constructor(options: Partial<ApiOptions> = {}) {
    const web = new WebCommands({
      commands: this.commands,
      executor: this.executor,
      createFramer: () => new PlainFramer(),
    });
    const timers = new VirtualTimers();
    this.events = new EventStream(timers, nodeText, { update: { stage: "none" }, faults: [] });
    this.commands.on("answered", (name) => this.answered.push(name));
    this.web = new WebRig({
      ...apiHandlers({
        services: this.services,
        commands: web,
        sensor: { lepton: { model: "3.5", partNumber: "500-0771-01", radiometric: true } },
        history: { read: (since) => ({ text: `lines from ${since}\n`, next: 7 }) },
        faults: { raised: [{ fault: 5, name: "VoSPI", reason: "VSYNC is missing" }] },
        progress: () => this.events.present("update"),
        image: this.image,
        now: () => 1_234.5,
        restart: this.restart,
        ...options,
      }),
      events: this.events.open,
      update: (exchange) =>
        new UpdateUpload(exchange, this.services.update, this.web.timers, (data) => this.progress.push(data)).run(),
    });
  }
  readonly progress: unknown[] = [];

  get(path: string): Promise<WebAnswer> {
    return this.web.one(request(`GET ${path}`));
  }

  send(method: string, path: string, body: unknown): Promise<WebAnswer> {
    const text = typeof body === "string" ? body : JSON.stringify(body);
    return this.web.one(request(`${method} ${path}`, { "Content-Type": "application/json" }, text));
  }
}

const json = ({ body }: WebAnswer): unknown => JSON.parse(body);

test("device identifies the camera, its sensor and its paths, shows faults, and proves a firmware on trial", async () => {
  const rig = new ApiRig();
  rig.services.update.notice = "Firmware update to 4.1 was rolled back, running 4.0";
  expect(json(await rig.get("/api/v1/device"))).toEqual({
    ...{ Camera: "tCam-Mini-EFB5", Model: 262146, Version: "4.0", Time: "17:33:00.000", Date: "2/3/21" },
    Update: "Firmware update to 4.1 was rolled back, running 4.0",
    sensor: { model: "Lepton 3.5", part: "500-0771-01", radiometric: true },
    capabilities: expect.objectContaining({ columns: 160, rows: 120, limits: { websocket: 4, stream: 2, events: 1 } }),
    uptime: 1_234,
    update: { stage: "none" },
    faults: [{ fault: 5, name: "VoSPI", reason: "VSYNC is missing" }],
    paths: expect.objectContaining({ page: "/", device: "/api/v1/device", log: "/api/v1/log" }),
  });
  expect(rig.answered).toEqual(["get_status"]);
  rig.events.post("update", { stage: "running", written: 8_192, length: 20_000 });
  expect(json(await rig.get("/api/v1/device"))).toMatchObject({ update: { written: 8_192, length: 20_000 } });
});

test("config is read and changed, all or none", async () => {
  const rig = new ApiRig();
  expect(json(await rig.get("/api/v1/config"))).toEqual({ agc_enabled: 0, emissivity: 100, gain_mode: 0 });
  const changed = await rig.send("PUT", "/api/v1/config", { emissivity: 90 });
  expect([changed.status, json(changed)]).toEqual([200, { agc_enabled: 0, emissivity: 90, gain_mode: 0 }]);
  for (const [body, error] of [
    [{ emissivity: 80, gain_mode: 9 }, "gain_mode must be an integer from 0 to 2"],
    [{}, "no setting given"],
    [{ emissivity: 80, emmisivity: 70 }, '"emmisivity" is not a setting'],
    [{ toString: 1 }, '"toString" is not a setting'],
    [[], "args must be an object"],
    ["{", "the body is not valid JSON"],
    ["\u0002{}", "the body must be JSON in UTF-8, not nested deeply"],
    [`${"[".repeat(20)}${"]".repeat(20)}`, "the body must be JSON in UTF-8, not nested deeply"],
  ] as const) {
    const refused = await rig.send("PUT", "/api/v1/config", body);
    expect([refused.status, json(refused)]).toEqual([400, { error }]);
  }
  expect(rig.services.camera.config.emissivity).toBe(90);
});

test("a sensor that does not answer is 503 with its reason", async () => {
  const rig = new ApiRig();
  rig.services.camera.behaviour = () => Promise.reject(new CommandError("the Lepton does not answer"));
  for (const ask of [rig.send("PUT", "/api/v1/config", { emissivity: 90 }), rig.web.one(request("POST /api/v1/ffc"))]) {
    const refused = await ask;
    expect([refused.status, json(refused)]).toEqual([503, { error: "the Lepton does not answer" }]);
  }
});

test("ffc is answered when the sensor has finished", async () => {
  const rig = new ApiRig();
  let finish = (): void => undefined;
  rig.services.camera.behaviour = () => new Promise((resolve) => (finish = resolve));
  const connection = await rig.web.connect();
  connection.write(request("POST /api/v1/ffc"));
  await rig.web.settle();
  expect(connection.received).toHaveLength(0);
  finish();
  await rig.web.settle();
  expect(answersOf(connection.received)[0]?.status).toBe(200);
  expect(rig.services.camera.calls).toEqual([["runFFC"]]);
});

test("wifi is changed, and the network restarts after the answer; passwords are not sent", async () => {
  const rig = new ApiRig();
  const connection = await rig.web.connect();
  connection.paused = true;
  const body = JSON.stringify({ sta_ssid: "Home", sta_pw: "a password", flags: 255 });
  connection.write(request("PUT /api/v1/wifi", { "Content-Type": "application/json" }, body));
  await rig.web.settle();
  connection.resume();
  await rig.web.settle();
  const [answer] = answersOf(connection.received);
  expect(answer?.status).toBe(200);
  expect(answer?.body).not.toContain("password");
  expect(rig.services.network.changes).toEqual([{ sta_ssid: "Home", sta_pw: "a password", flags: 0x91 }]);
  expect(rig.services.network.applied).toBe(1);
  const refused = await rig.send("PUT", "/api/v1/wifi", { sta_ssid: "Home", sta_pw: "short" });
  expect([refused.status, json(refused)]).toEqual([
    400,
    { error: "sta_pw must be 8 to 63 bytes, or 64 hexadecimal digits" },
  ]);
  expect(rig.services.network.changes).toHaveLength(1);
});

test("what GET answers may be sent back changed, also what cannot be set; other names are refused", async () => {
  const rig = new ApiRig();
  const wifi = json(await rig.get("/api/v1/wifi")) as Record<string, unknown>;
  expect(wifi).toHaveProperty("cur_ip_addr");
  const refused = await rig.send("PUT", "/api/v1/wifi", { ...wifi, sta_sid: "Home" });
  expect([refused.status, json(refused)]).toEqual([400, { error: '"sta_sid" is not a setting' }]);
  expect(rig.services.network.changes).toHaveLength(0);
  expect((await rig.send("PUT", "/api/v1/wifi", { ...wifi, sta_ssid: "Home" })).status).toBe(200);
  expect(rig.services.network.changes).toMatchObject([{ sta_ssid: "Home" }]);
});

test("command runs a command of the protocol and answers with its message", async () => {
  const rig = new ApiRig();
  const ask = async (command: unknown): Promise<unknown> => json(await rig.send("POST", "/api/v1/command", command));
  expect(await ask({ cmd: "get_config" })).toEqual({ config: { agc_enabled: 0, emissivity: 100, gain_mode: 0 } });
  const spot = { c1: 1, c2: 2, r1: 3, r2: 4 };
  expect(await ask({ cmd: "set_spotmeter", args: spot })).toEqual({
    cam_info: { info_value: 1, info_string: "set_spotmeter success" },
  });
  expect(rig.services.camera.calls).toEqual([["setSpotmeter", spot]]);
  expect(await ask({ cmd: "run_ffc_please" })).toEqual({
    cam_info: { info_value: 2, info_string: "Unknown command in json string" },
  });
  await rig.send("POST", "/api/v1/command", { cmd: "get_image" });
  expect(rig.image).toHaveBeenCalledTimes(1);
});

test.each(["stream_on", "set_stream_on", "stream_off", "fw_update_request", "fw_segment"])(
  "command refuses %s, which needs a session",
  async (cmd) => {
    const args = { length: 288, version: "4.1", start: 0, data: "A".repeat(384) };
    const refused = await new ApiRig().send("POST", "/api/v1/command", { cmd, args });
    expect([refused.status, json(refused)]).toEqual([
      400,
      { error: `${cmd} needs a session: use /ws or the camera's own port` },
    ]);
  },
);

test("commands of all clients run one at a time, in the order of their arrival", async () => {
  const rig = new ApiRig();
  const finish: (() => void)[] = [];
  rig.services.camera.behaviour = () => new Promise((resolve) => finish.push(resolve));
  const connections = [await rig.web.connect(), await rig.web.connect()];
  for (const connection of connections) connection.write(request("POST /api/v1/ffc"));
  await rig.web.settle();
  expect(rig.services.camera.calls).toHaveLength(1);
  finish[0]?.();
  await rig.web.settle();
  expect(rig.services.camera.calls).toHaveLength(2);
  expect(connections.map(({ received }) => received.length > 0)).toEqual([true, false]);
});

test("a command whose client has gone before its turn is not run", async () => {
  const rig = new ApiRig();
  const finish: (() => void)[] = [];
  rig.services.camera.behaviour = () => new Promise((resolve) => finish.push(resolve));
  const first = await rig.web.connect();
  first.write(request("POST /api/v1/ffc"));
  for (let i = 0; i < 20; i++) {
    const gone = await rig.web.connect();
    gone.write(request("POST /api/v1/ffc"));
    await rig.web.settle();
    gone.reset();
    await rig.web.settle();
  }
  const last = await rig.web.connect();
  last.write(request("PUT /api/v1/config", { "Content-Type": "application/json" }, '{"emissivity":90}'));
  last.shut();
  await rig.web.settle();
  finish[0]?.();
  await rig.web.settle();
  expect(rig.services.camera.calls).toEqual([["runFFC"], ["setConfig", { emissivity: 90 }]]);
  finish[1]?.();
  await rig.web.settle();
  expect([first, last].map(({ received }) => answersOf(received)[0]?.status)).toEqual([200, 200]);
});

test("restart comes after its answer", async () => {
  const rig = new ApiRig();
  const connection = await rig.web.connect();
  connection.write(request("POST /api/v1/restart"));
  await rig.web.settle();
  expect(answersOf(connection.received).map(json)).toEqual([{ restarting: true }]);
  expect(rig.restart).toHaveBeenCalledTimes(1);
});

test("log names the position of the next request", async () => {
  const { fields, body } = await new ApiRig().get("/api/log?since=3");
  expect([fields.get("x-log-next"), fields.get("content-type"), body]).toEqual([
    "7",
    "text/plain; charset=utf-8",
    "lines from 3\n",
  ]);
});

/** Events as name and data, without the head of the answer. */
function eventsOf(received: Buffer): [string, unknown][] {
  const [, text = ""] = received.toString().split("\r\n\r\n");
  const found = [...text.matchAll(/event: (\w+)\ndata: (.*)\n\n/g)].map(([, name = "", data = ""]) => [name, data]);
  expect(found.map(([name, data]) => `event: ${name}\ndata: ${data}\n\n`).join("")).toBe(text);
  return found.map(([name = "", data = ""]) => [name, JSON.parse(data)]);
}

test("a client of the events gets the present state at once, then each change", async () => {
  const rig = new ApiRig();
  const faults = [{ fault: 5, name: "VoSPI", reason: "VSYNC is missing" }];
  rig.events.post("faults", faults);
  for (let round = 0; round < 2; round++) {
    const connection = await rig.web.connect();
    connection.write(request("GET /api/v1/events"));
    await rig.web.settle();
    expect(eventsOf(connection.received)).toEqual([
      ["update", { stage: "none" }],
      ["faults", faults],
    ]);
    for (const stage of ["requested", "none"]) rig.events.post("update", { stage });
    await rig.web.settle();
    expect(eventsOf(connection.received).slice(2)).toEqual([
      ["update", { stage: "requested" }],
      ["update", { stage: "none" }],
    ]);
    connection.end();
    await rig.web.settle();
    expect(connection.closedByCamera).toBe(true);
  }
});

test("of events for which there is no room a client gets the newest", async () => {
  const rig = new ApiRig();
  const connection = await rig.web.connect();
  connection.write(request("GET /api/v1/events"));
  await rig.web.settle();
  connection.paused = true;
  for (let written = 0; written < 1_000; written++) rig.events.post("update", { stage: "running", written });
  rig.events.post("update", { stage: "none" });
  rig.events.post("faults", [{ fault: 4 }]);
  connection.resume();
  await rig.web.settle();
  const seen = eventsOf(connection.received);
  expect(seen.length).toBeLessThan(500);
  expect(seen.slice(-2)).toEqual([
    ["update", { stage: "none" }],
    ["faults", [{ fault: 4 }]],
  ]);
});

/** An application image of `length` bytes and version 4.2. */
function image(length: number): Buffer {
  const bytes = Buffer.alloc(length, 7);
  bytes[0] = 0xe9;
  bytes.writeUInt16LE(0, 12);
  bytes.writeUInt32LE(0xabcd5432, 32);
  bytes.fill(0, 48, 112);
  bytes.write("4.2", 48);
  bytes.write("tCamMini", 80);
  return bytes;
}

test("update takes the image as the flash asks for it, and answers with the outcome", async () => {
  const rig = new ApiRig();
  const { update } = rig.services;
  const bytes = image(20_000);
  const connection = await rig.web.connect();
  connection.write(request("POST /api/v1/update", { "Content-Length": "20000" }));
  connection.write(bytes);
  await rig.web.settle();
  expect(update.client).toBeDefined();
  expect(connection.unread).toBeGreaterThan(19_000);
  for (let start = 0; start < bytes.length; start += 8_192) {
    update.client?.requestChunk(start, Math.min(8_192, bytes.length - start));
    update.client?.requestChunk(start, Math.min(8_192, bytes.length - start)); // repeated: ignored
    await rig.web.settle();
  }
  expect(Buffer.concat(update.segments.map(({ data }) => Buffer.from(data)))).toEqual(bytes);
  expect(update.segments.map(({ start }) => start)).toEqual([0, 8_192, 16_384]);
  expect(rig.progress).toContainEqual({ written: 8_192, length: 20_000 });
  update.client?.report("Firmware update success");
  await rig.web.settle();
  expect(answersOf(connection.received).map(json)).toEqual([{ version: "4.2", restarting: true }]);
});

test.each([
  ["a browser", "1.1", { Origin: "http://192.168.4.1" }, [1, 2, 3]],
  ["a client that expects it", "1.1", { Expect: "100-continue" }, [2, 3, 4]],
  ["a client that may not know it", "1.1", {}, [0, 0, 0]],
  ["a client of HTTP/1.0", "1.0", { Origin: "http://192.168.4.1" }, [0, 0, 0]],
])(
  "while its update waits for the button %s (%s) is probed with 100 Continue",
  async (_, version, fields, expected) => {
    const rig = new ApiRig();
    const connection = await rig.web.connect();
    const probes = (): number => connection.received.toString().split("HTTP/1.1 100 Continue\r\n\r\n").length - 1;
    connection.write(request(`POST /api/v1/update HTTP/${version}`, { "Content-Length": "20000", ...fields }));
    await rig.web.settle();
    connection.write(image(20_000));
    await rig.web.settle();
    const seen = [probes()];
    for (let i = 0; i < 2; i++) {
      await rig.web.timers.advance(2_000);
      seen.push(probes());
    }
    expect(seen).toEqual(expected);
    rig.services.update.client?.requestChunk(0, 8_192);
    await rig.web.timers.advance(10_000);
    expect(probes()).toBe(expected.at(-1));
    rig.services.update.client?.report("Firmware update success");
    await rig.web.settle();
    expect(answersOf(connection.received).map(({ status }) => status)).toEqual([200]);
  },
);

test("update answers the reason of a failure", async () => {
  const rig = new ApiRig();
  const connection = await rig.web.connect();
  connection.write(request("POST /api/v1/update", { "Content-Length": "20000" }));
  connection.write(image(20_000));
  await rig.web.settle();
  rig.services.update.client?.report("Firmware update request timed out");
  await rig.web.settle();
  const [answer] = answersOf(connection.received);
  expect([answer?.status, json(answer as WebAnswer)]).toEqual([400, { error: "Firmware update request timed out" }]);
});

test("an update that cannot begin is 409, and what is no image is 400", async () => {
  const rig = new ApiRig();
  const post = (bytes: Buffer): Promise<WebAnswer> =>
    rig.web.one(Buffer.concat([Buffer.from(request("POST /api/ota", { "Content-Length": `${bytes.length}` })), bytes]));
  rig.services.update.refusal = new CommandError("another client's update is under way");
  const refused = await post(image(300));
  expect([refused.status, json(refused)]).toEqual([409, { error: "another client's update is under way" }]);
  expect((await post(Buffer.alloc(300))).status).toBe(400);
  expect((await post(image(288).subarray(0, 287))).status).toBe(400);
});

test("a client that leaves ends its update", async () => {
  const rig = new ApiRig();
  const { update } = rig.services;
  for (const leave of ["reset", "shut"] as const) {
    const connection = await rig.web.connect();
    connection.write(request("POST /api/v1/update", { "Content-Length": "20000" }));
    connection.write(image(1_000));
    await rig.web.settle();
    update.client?.requestChunk(0, 8_192);
    await rig.web.settle();
    connection[leave]();
    await rig.web.settle();
    expect(update.client).toBeUndefined();
  }
});
