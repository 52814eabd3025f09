// SPDX-License-Identifier: Apache-2.0
import { Executor, Server, type ServerOptions } from "modules/server/server";
import { LinkLoad } from "modules/server/link-load";
import { Fault } from "modules/status/fault";
import { PlainFramer } from "../protocol/plain-framer";
import { FakeEncoder, nodeText } from "../protocol/fakes";
import { FakeNet, messagesOf, type Connection } from "./fake-tcp";
import { ServicesRig } from "./services-rig";

class ServerRig extends ServicesRig {
  readonly net = new FakeNet(this.timers);
  readonly faults = new Set<Fault>();
  readonly clients: number[] = [];
  readonly streaming: boolean[] = [];
  encoders = 0;
  readonly options: ServerOptions = {
    services: this.services,
    commands: this.commands,
    executor: new Executor(),
    load: new LinkLoad(),
    text: nodeText,
    timers: this.timers,
    log: this.logged.log,
    Listener: this.net.Listener,
    TCP: this.net.TCP,
    faults: {
      raise: (fault) => void this.faults.add(fault),
      clear: (fault) => void this.faults.delete(fault),
    },
    createFramer: () => new PlainFramer(),
    createEncoder: () => {
      this.encoders += 1;
      return new FakeEncoder();
    },
  };
  readonly server = new Server(this.options);

  constructor() {
    super();
    this.server.on("clients", (count) => this.clients.push(count));
    this.server.on("streaming", (on) => this.streaming.push(on));
  }

  async connect(): Promise<Connection> {
    const connection = this.net.connect();
    await this.settle();
    return connection;
  }

  async ask(connection: Connection, command: object): Promise<string | undefined> {
    const before = messagesOf(connection.received).length;
    connection.write(`\x02${JSON.stringify(command)}\x03`);
    await this.settle();
    return messagesOf(connection.received)[before];
  }
}

const images = (connection: Connection): number[] =>
  messagesOf(connection.received).flatMap((message) => {
    const number = /"radiometric":"(\d+)"/.exec(message);
    return number ? [Number(number[1])] : [];
  });

async function started(): Promise<ServerRig> {
  const rig = new ServerRig();
  rig.server.start();
  await rig.settle();
  return rig;
}

describe("the command socket", () => {
  it("serves four clients at once, each its own answers and images", async () => {
    const rig = await started();
    const connections = [await rig.connect(), await rig.connect(), await rig.connect(), await rig.connect()];
    for (const connection of connections.slice(0, 3))
      expect(await rig.ask(connection, { cmd: "stream_on" })).toContain("stream_on success");
    await rig.frames(20);
    expect(connections.map((connection) => images(connection).length)).toEqual([20, 20, 20, 0]);
    expect(await rig.ask(connections[3] as Connection, { cmd: "get_config" })).toContain("config");
    expect(rig.clients).toEqual([1, 2, 3, 4]);
    expect(rig.streaming).toEqual([true]);
  });

  it("rejects a fifth with the reason and closes it; the four go on, and their slots stay usable", async () => {
    const rig = await started();
    const four = [await rig.connect(), await rig.connect(), await rig.connect(), await rig.connect()];
    const fifth = rig.net.connect();
    fifth.write('\x02{"cmd":"get_status"}\x03'); // unread data would reset the connection, and the reason with it
    await rig.settle();
    expect(messagesOf(fifth.received)).toEqual([]); // a place may become free
    await rig.timers.advance(500);
    expect(messagesOf(fifth.received)).toEqual(['{"cam_info":{"info_value":4,"info_string":"Too many connections"}}']);
    expect(fifth.unread).toBe(0);
    expect(fifth.closedByCamera).toBe(true);
    for (const connection of four) expect(await rig.ask(connection, { cmd: "get_status" })).toContain("status");
    four[1]?.end();
    await rig.settle();
    expect(await rig.ask(await rig.connect(), { cmd: "get_status" })).toContain("status");
    expect(rig.clients).toEqual([1, 2, 3, 4, 3, 4]);
  });

  it("drops rejected clients that do not read after a timeout, any number of them", async () => {
    const rig = await started();
    for (let i = 0; i < 4; i++) await rig.connect();
    const more = Array.from({ length: 20 }, () => rig.net.connect());
    for (const connection of more) connection.paused = true;
    await rig.timers.advance(12_499);
    expect(more.filter(({ closedByCamera }) => closedByCamera)).toHaveLength(16);
    await rig.timers.advance(1);
    expect(more.every(({ closedByCamera }) => closedByCamera)).toBe(true);
    expect(rig.timers.pending).toBe(0);
  });

  it("sends the reason to each of many that connect at once", async () => {
    const rig = await started();
    for (let i = 0; i < 4; i++) await rig.connect();
    const more = Array.from({ length: 20 }, () => rig.net.connect());
    await rig.timers.advance(2_500);
    for (const connection of more) expect(connection.received.toString()).toContain("Too many connections");
    expect(more.every(({ closedByCamera }) => closedByCamera)).toBe(true);
  });

  it("accepts a client that reconnects before its old connection is seen to close", async () => {
    const rig = await started();
    const four = [await rig.connect(), await rig.connect(), await rig.connect(), await rig.connect()];
    const again = rig.net.connect();
    again.write('\x02{"cmd":"get_config"}\x03');
    await rig.settle();
    expect(again.received).toHaveLength(0);
    four[2]?.end();
    await rig.settle();
    expect(messagesOf(again.received)).toEqual([expect.stringContaining('"config"')]);
    expect(await rig.ask(again, { cmd: "get_status" })).toContain("status");
    await rig.timers.advance(10_000);
    expect(again.closedByCamera).toBe(false);
    expect(rig.clients).toEqual([1, 2, 3, 4, 3, 4]);
    expect(rig.timers.pending).toBe(0);
  });

  it("gives a free slot to the connection that has waited longest, not to a rejected one", async () => {
    const rig = await started();
    const four = [await rig.connect(), await rig.connect(), await rig.connect(), await rig.connect()];
    const rejected = rig.net.connect();
    rejected.paused = true;
    await rig.timers.advance(500);
    const waiting = [await rig.connect(), await rig.connect()];
    four[0]?.end();
    await rig.settle();
    expect(await rig.ask(waiting[0] as Connection, { cmd: "get_status" })).toContain("status");
    expect(waiting[1]?.received).toHaveLength(0);
    await rig.timers.advance(2_000);
    expect(rejected.closedByCamera).toBe(true);
    expect(waiting[1]?.closedByCamera).toBe(true);
    expect(waiting[0]?.closedByCamera).toBe(false);
  });

  it("stop also ends connections that wait for a slot", async () => {
    const rig = await started();
    for (let i = 0; i < 4; i++) await rig.connect();
    const waiting = await rig.connect();
    rig.server.stop();
    expect(waiting.closedByCamera).toBe(true);
    expect(rig.net.connections.every(({ closedByCamera }) => closedByCamera)).toBe(true);
    expect(rig.timers.pending).toBe(0);
  });

  it("a client that shuts its sending side gets a slot, or the reason", async () => {
    const rig = await started();
    const four = [await rig.connect(), await rig.connect(), await rig.connect(), await rig.connect()];
    const [served, silent, rejected] = [rig.net.connect(), rig.net.connect(), rig.net.connect()];
    served.write('\x02{"cmd":"get_config"}\x03');
    for (const connection of [served, silent, rejected]) connection.shut();
    await rig.settle();
    four[0]?.end();
    four[1]?.end();
    await rig.settle();
    expect(messagesOf(served.received)).toEqual([expect.stringContaining('"config"')]);
    expect([served.closedByCamera, silent.closedByCamera, rejected.closedByCamera]).toEqual([true, true, true]);
    expect(rig.clients.at(-1)).toBe(2);
    for (let i = 0; i < 2; i++) await rig.connect();
    const fifth = rig.net.connect();
    fifth.shut();
    await rig.timers.advance(500);
    expect(messagesOf(fifth.received)).toEqual([expect.stringContaining("Too many connections")]);
    expect(fifth.closedByCamera).toBe(true);
  });

  it("the reason waits for send room, and is not lost when a write finds none", async () => {
    const rig = await started();
    for (let i = 0; i < 4; i++) await rig.connect();
    const fifth = await rig.connect();
    fifth.starved = true;
    await rig.timers.advance(1_000);
    fifth.starved = false;
    fifth.reportWritable();
    await rig.settle();
    expect(messagesOf(fifth.received)).toEqual([expect.stringContaining("Too many connections")]);
    expect(fifth.closedByCamera).toBe(true);
  });

  it("takes a new connection at once after the last one closed, a thousand times, with the memory it started with", async () => {
    const rig = await started();
    for (let i = 0; i < 1_000; i++) {
      const connection = await rig.connect();
      if (i % 3 === 0) expect(await rig.ask(connection, { cmd: "get_status" })).toContain("status");
      else if (i % 3 === 1) connection.write('{"unframed":"json"}\x02{"cmd":"get_st');
      connection.end();
      await rig.settle();
      expect(rig.clients.at(-1)).toBe(0);
    }
    expect(rig.encoders).toBe(4);
    expect(rig.timers.pending).toBe(0);
    expect(rig.net.connections.every(({ closedByCamera }) => closedByCamera)).toBe(true);
  });

  it("a partial command of one client does not reach the next", async () => {
    const rig = await started();
    const first = await rig.connect();
    first.write('\x02{"cmd":"get_config"');
    await rig.settle();
    first.end();
    await rig.settle();
    const second = await rig.connect();
    second.write("}\x03");
    await rig.settle();
    expect(messagesOf(second.received)).toEqual([]);
    expect(await rig.ask(second, { cmd: "get_status" })).toContain("status");
  });

  it("a client that vanishes during an image leaves nothing behind", async () => {
    const rig = await started();
    const [gone, stays] = [await rig.connect(), await rig.connect()];
    await rig.ask(gone, { cmd: "stream_on" });
    await rig.ask(stays, { cmd: "stream_on" });
    gone.paused = true;
    await rig.frames(5);
    gone.end();
    await rig.settle();
    expect(rig.services.frames.held).toBe(1);
    await rig.frames(5);
    expect(images(stays)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(rig.services.update.goneClients).toHaveLength(1);
    stays.end();
    await rig.settle();
    expect(rig.streaming).toEqual([true, false]);
    expect(rig.services.frames.sinks.size).toBe(0);
  });

  it("D11: enables TCP keep-alive, and disables the Nagle algorithm", async () => {
    const rig = new ServerRig();
    const seen: Record<string, unknown>[] = [];
    const { TCP } = rig.net;
    const Spy = class extends TCP {
      constructor(options: ConstructorParameters<typeof TCP>[0]) {
        super(options);
        seen.push(options);
      }
    };
    const server = new Server({ ...rig.options, TCP: Spy });
    server.start();
    await rig.connect();
    expect(seen).toMatchObject([{ nodelay: true, keepalive: 10_000, format: "buffer" }]);
  });
});

const GET = '\x02{"cmd":"get_lep_cci","args":{"command":1,"length":512}}\x03';

describe("clients that leave by a reset", () => {
  it("with more than 4 KB of unread answers: their slots are free at once", async () => {
    const rig = await started();
    rig.services.camera.cci = { status: 6, data: new Uint8Array(1_024) };
    const four = [await rig.connect(), await rig.connect(), await rig.connect(), await rig.connect()];
    for (const connection of four) {
      connection.paused = true;
      connection.write(GET.repeat(100));
    }
    await rig.settle();
    for (const connection of four) {
      expect(connection.unread).toBeGreaterThan(0);
      connection.reset();
    }
    await rig.settle();
    expect(rig.clients.at(-1)).toBe(0);
    for (let i = 0; i < 4; i++) expect(await rig.ask(await rig.connect(), { cmd: "get_status" })).toContain("status");
    expect(rig.services.camera.calls).toHaveLength(400);
  });

  it("while a command runs: others get their slots, and the commands sent before are run", async () => {
    const rig = await started();
    let finish: () => void = () => undefined;
    rig.services.camera.behaviour = () => new Promise((resolve) => (finish = resolve));
    const four = [await rig.connect(), await rig.connect(), await rig.connect(), await rig.connect()];
    for (const connection of four) connection.write('\x02{"cmd":"run_ffc"}\x03\x02{"cmd":"get_st');
    await rig.settle();
    for (const connection of four) connection.reset();
    await rig.settle();
    const next = [await rig.connect(), await rig.connect(), await rig.connect(), await rig.connect()];
    expect(rig.clients.at(-1)).toBe(4);
    for (const connection of next) connection.write('\x02{"cmd":"get_config"}\x03');
    for (let i = 0; i < 4; i++) {
      finish();
      await rig.settle();
    }
    expect(rig.services.camera.calls).toHaveLength(4);
    for (const connection of next)
      expect(messagesOf(connection.received)).toEqual([expect.stringContaining('"config"')]);
  });

  it("repeatedly while a command runs: at most four sessions are kept, and memory does not grow", async () => {
    const rig = await started();
    let finish: () => void = () => undefined;
    rig.services.camera.behaviour = () => new Promise((resolve) => (finish = resolve));
    for (let i = 0; i < 10; i++) {
      const connection = await rig.connect();
      connection.write('\x02{"cmd":"run_ffc"}\x03\x02{"cmd":"set_spotmeter","args":{"c1":0,"c2":1,"r1":0,"r2":1}}\x03');
      await rig.settle();
      connection.reset();
      await rig.settle();
    }
    expect(rig.logged.lines.filter((line) => line.includes("2 commands not run"))).toHaveLength(6);
    for (let i = 0; i < 20; i++) {
      finish();
      await rig.settle();
    }
    expect(rig.services.camera.calls.map(([name]) => name)).toEqual(
      Array.from({ length: 4 }, () => ["runFFC", "setSpotmeter"]).flat(),
    );
    expect(rig.encoders).toBe(4);
    const client = await rig.connect();
    client.write('\x02{"cmd":"run_ffc"}\x03\x02{"cmd":"run_ffc"}\x03');
    await rig.settle();
    client.reset();
    for (let i = 0; i < 2; i++) {
      await rig.settle();
      finish();
    }
    await rig.settle();
    expect(rig.services.camera.calls).toHaveLength(10); // the four are done: there is room again
  });

  it("while a command runs, and the network stops: none of their other commands are run", async () => {
    const rig = await started();
    let finish: () => void = () => undefined;
    rig.services.camera.behaviour = () => new Promise((resolve) => (finish = resolve));
    const connection = await rig.connect();
    connection.write('\x02{"cmd":"run_ffc"}\x03\x02{"cmd":"run_ffc"}\x03');
    await rig.settle();
    connection.reset();
    await rig.settle();
    rig.server.stop();
    finish();
    await rig.settle();
    expect(rig.services.camera.calls).toHaveLength(1);
  });
});

const FIVE_MINUTES = 300_000;
const TOO_MANY = '{"cam_info":{"info_value":4,"info_string":"Too many connections"}}';

describe("a client that is silent", () => {
  /** Four clients that have each just been answered, in the order in which they were. */
  async function four(rig: ServerRig): Promise<[Connection, Connection, Connection, Connection]> {
    const clients = [await rig.connect(), await rig.connect(), await rig.connect(), await rig.connect()];
    for (const client of clients) {
      await rig.ask(client, { cmd: "get_status" });
      await rig.timers.advance(10);
    }
    return clients as [Connection, Connection, Connection, Connection];
  }

  it("is never closed while no other client connects", async () => {
    const rig = await started();
    const clients = await four(rig);
    await rig.timers.advance(7 * 24 * 3_600_000);
    for (const client of clients) expect(await rig.ask(client, { cmd: "get_status" })).toContain("status");
  });

  it("for five minutes makes room for a fifth: the longest silent one is closed", async () => {
    const rig = await started();
    const clients = await four(rig);
    await rig.timers.advance(FIVE_MINUTES);
    await rig.ask(clients[0], { cmd: "get_status" }); // so the second has been silent longest
    const fifth = rig.net.connect();
    fifth.write('\x02{"cmd":"get_config"}\x03');
    await rig.timers.advance(499); // a client may be about to leave
    expect(clients.map(({ closedByCamera }) => closedByCamera)).toEqual([false, false, false, false]);
    await rig.timers.advance(1);
    expect(clients.map(({ closedByCamera }) => closedByCamera)).toEqual([false, true, false, false]);
    expect(messagesOf(fifth.received)).toEqual([expect.stringContaining('"config"')]);
    expect(messagesOf(clients[1].received)).toHaveLength(1); // it was sent nothing
    expect(rig.logged.lines.join("\n")).toContain("closing a client that was silent for 300 s");
    expect(rig.clients.at(-1)).toBe(4);
    expect(rig.timers.pending).toBe(0);
  });

  it("for less than five minutes does not: the fifth is rejected", async () => {
    const rig = await started();
    const clients = await four(rig);
    await rig.timers.advance(FIVE_MINUTES - 541); // the first was heard 40 ms before; a fifth waits 500
    const fifth = await rig.connect();
    await rig.timers.advance(500);
    expect(messagesOf(fifth.received)).toEqual([TOO_MANY]);
    const sixth = await rig.connect();
    await rig.timers.advance(500);
    expect(messagesOf(sixth.received)).toEqual([]);
    expect(clients.map(({ closedByCamera }) => closedByCamera)).toEqual([true, false, false, false]);
  });

  it("since it connected counts from then", async () => {
    const rig = await started();
    await rig.timers.advance(1_000_000);
    for (let i = 0; i < 4; i++) await rig.connect();
    await rig.timers.advance(FIVE_MINUTES - 501);
    const early = await rig.connect();
    await rig.timers.advance(1);
    const late = await rig.connect();
    await rig.timers.advance(499);
    expect([early, late].map(({ received }) => received.toString())).toEqual([`\x02${TOO_MANY}\x03`, ""]);
    await rig.timers.advance(1);
    expect(await rig.ask(late, { cmd: "get_status" })).toContain("status");
  });

  it("has sent part of a command: that counts as a sign of life", async () => {
    const rig = await started();
    const clients = await four(rig);
    await rig.timers.advance(FIVE_MINUTES);
    for (const client of clients) client.write("?");
    const fifth = await rig.connect();
    await rig.timers.advance(500);
    expect(messagesOf(fifth.received)).toEqual([TOO_MANY]);
  });

  it.each<[string, string, (rig: ServerRig, client: Connection) => void]>([
    ["streams", '\x02{"cmd":"stream_on","args":{"delay_msec":3600000}}\x03', () => undefined],
    [
      "waits for a command to be done",
      '\x02{"cmd":"run_ffc"}\x03',
      (rig) => (rig.services.camera.behaviour = () => new Promise(() => undefined)),
    ],
    ["has not taken its answer", '\x02{"cmd":"get_status"}\x03', (_, client) => (client.starved = true)],
    [
      "has an update under way",
      '\x02{"cmd":"fw_update_request","args":{"length":1000,"version":"4.1"}}\x03',
      (rig) => void rig.timers.set(() => rig.services.update.client?.requestChunk(0, 1_000), 1),
    ],
  ])("and %s is not closed: another one makes room", async (_, command, prepare) => {
    const rig = await started();
    const clients = await four(rig);
    prepare(rig, clients[0]);
    clients[0].write(command);
    await rig.timers.advance(FIVE_MINUTES);
    for (const client of clients.slice(2)) client.write("?");
    const [fifth, sixth] = [await rig.connect(), await rig.connect()];
    await rig.timers.advance(500);
    expect([fifth, sixth].map(({ received }) => received.toString())).toEqual(["", `\x02${TOO_MANY}\x03`]);
    expect(clients.map(({ closedByCamera }) => closedByCamera)).toEqual([false, true, false, false]);
  });

  it("after its update has ended makes room like any other", async () => {
    const rig = await started();
    const clients = await four(rig);
    clients[0].write('\x02{"cmd":"fw_update_request","args":{"length":1000,"version":"4.1"}}\x03');
    await rig.settle();
    rig.services.update.client?.requestChunk(0, 1_000);
    rig.services.update.client?.report("Firmware update terminated by user");
    await rig.timers.advance(FIVE_MINUTES);
    for (const client of clients.slice(1)) client.write("?");
    await rig.connect();
    await rig.timers.advance(500);
    expect(clients.map(({ closedByCamera }) => closedByCamera)).toEqual([true, false, false, false]);
  });

  it("makes room in the order of connection, once for each", async () => {
    const rig = await started();
    const clients = await four(rig);
    await rig.timers.advance(FIVE_MINUTES);
    clients[3].write("?");
    const more = Array.from({ length: 6 }, () => rig.net.connect());
    await rig.timers.advance(500);
    expect(clients.map(({ closedByCamera }) => closedByCamera)).toEqual([true, true, true, false]);
    expect(more.map(({ received }) => received.toString())).toEqual(["", "", "", `\x02${TOO_MANY}\x03`, "", ""]);
    await rig.timers.advance(500); // those that came last waited in the listener
    expect(more.map(({ closedByCamera }) => closedByCamera)).toEqual([false, false, false, true, true, true]);
    expect(rig.clients.at(-1)).toBe(4);
    expect(rig.encoders).toBe(4);
  });

  it("keeps its slot when another slot becomes free in time", async () => {
    const rig = await started();
    const clients = await four(rig);
    await rig.timers.advance(FIVE_MINUTES);
    const again = await rig.connect();
    clients[3].end();
    await rig.timers.advance(500);
    expect(await rig.ask(again, { cmd: "get_status" })).toContain("status");
    expect(clients.map(({ closedByCamera }) => closedByCamera)).toEqual([false, false, false, true]);
  });
});

describe("a socket that fails", () => {
  it("D27: cannot listen: fault 6 until it can, retried every second", async () => {
    const rig = new ServerRig();
    rig.net.listenError = new Error("no network");
    rig.server.start();
    expect([...rig.faults]).toEqual([Fault.Network]);
    await rig.timers.advance(10_000);
    expect([...rig.faults]).toEqual([Fault.Network]);
    rig.net.listenError = undefined;
    await rig.timers.advance(1_000);
    expect(rig.faults.size).toBe(0);
    expect(await rig.ask(await rig.connect(), { cmd: "get_status" })).toContain("status");
    expect(rig.logged.lines.join("\n")).toContain("cannot listen on port 5001: no network");
  });

  it("stop while it cannot listen ends the fault and the retries", async () => {
    const rig = new ServerRig();
    rig.net.listenError = new Error("no network");
    rig.server.start();
    rig.server.stop();
    expect(rig.faults.size).toBe(0);
    rig.net.listenError = undefined;
    await rig.timers.advance(10_000);
    expect(rig.net.listeners).toBe(0);
    expect(rig.timers.pending).toBe(0);
  });

  it("D27: cannot accept: fault 6, a new listener after a second; connected clients go on", async () => {
    const rig = await started();
    const client = await rig.connect();
    rig.net.acceptError = new Error("out of sockets");
    await rig.connect();
    expect([...rig.faults]).toEqual([Fault.Network]);
    expect(rig.net.listeners).toBe(0);
    expect(await rig.ask(client, { cmd: "get_status" })).toContain("status");
    await rig.timers.advance(1_000);
    expect(rig.net.listeners).toBe(1);
    expect(rig.faults.size).toBe(0);
  });

  it("a connection that fails during accept is closed, harms no other and takes no slot", async () => {
    const rig = await started();
    for (let i = 0; i < 10; i++) {
      const connection = rig.net.connect();
      jest.spyOn(connection, "adopt").mockImplementation(() => {
        throw new Error("no memory");
      });
      await rig.settle();
      expect(connection.closedByCamera).toBe(true);
    }
    expect(
      rig.logged.lines.filter((line) => line.includes("a connection failed while it was accepted: no memory")),
    ).toHaveLength(10);
    for (let i = 0; i < 4; i++) expect(await rig.ask(await rig.connect(), { cmd: "get_status" })).toContain("status");
    expect(rig.faults.size).toBe(0);
  });

  it("stops and starts again", async () => {
    const rig = await started();
    const client = await rig.connect();
    rig.server.stop();
    rig.server.stop();
    expect(client.closedByCamera).toBe(true);
    expect(rig.net.listeners).toBe(0);
    rig.server.start();
    rig.server.start();
    expect(rig.net.listeners).toBe(1);
    expect(await rig.ask(await rig.connect(), { cmd: "get_status" })).toContain("status");
  });
});
