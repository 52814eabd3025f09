// SPDX-License-Identifier: Apache-2.0
/** TCP and UDP of the virtual network, in board time. */
import { VirtualNetwork } from "../../../simulator/board/network/network";
import type { TcpEnd, TcpFailure, TcpOwner } from "../../../simulator/board/network/tcp";
import { PacedClock, Pacer } from "../../../simulator/board/pacer";
import { seededRandom } from "../../../simulator/lepton";

const CLIENT = { address: "127.0.0.1", port: 50_000 };
const CAMERA = { address: "127.0.0.1", port: 5001 };
const TIMEOUTS = { keepalive: 10_000_000, user: 60_000_000 };

let clock: PacedClock;
let network: VirtualNetwork;
beforeEach(() => {
  clock = new PacedClock();
  network = new VirtualNetwork(new Pacer(clock, "stepped"), seededRandom(1));
});

const now = (): number => clock.now() / 1000;
const pass = (ms: number): void => clock.advance(ms * 1000);

/** Notes what it gets, with the time in milliseconds. */
class Owner implements TcpOwner {
  readonly events: [ms: number, what: string | TcpFailure, count?: number][] = [];
  received = Buffer.alloc(0);
  acknowledged = 0;

  constructor(public space = Infinity) {}
  room(): number {
    return this.space - this.received.length;
  }
  onConnected(): void {
    this.events.push([now(), "connected"]);
  }
  onBytes(bytes: Buffer): void {
    this.received = Buffer.concat([this.received, bytes]);
    this.events.push([now(), "bytes", bytes.length]);
  }
  onEnd(): void {
    this.events.push([now(), "end"]);
  }
  onAcknowledged(count: number): void {
    this.acknowledged += count;
    this.events.push([now(), "acknowledged", count]);
  }
  onFailed(failure: TcpFailure): void {
    this.events.push([now(), failure]);
  }
}

interface Pair {
  readonly client: TcpEnd;
  readonly server: TcpEnd;
  readonly atClient: Owner;
  readonly atServer: Owner;
}

/** A server's end waits here until it is adopted. */
function listen(accepts: (end: TcpEnd) => boolean = () => true): TcpEnd[] {
  const ends: TcpEnd[] = [];
  network.listen("camera", CAMERA.port, {
    accept: (end) => {
      if (!accepts(end)) return false;
      ends.push(end);
      return true;
    },
  });
  return ends;
}

function request(): { end: TcpEnd; owner: Owner } {
  const connection = network.connection("outside", CLIENT, CAMERA);
  const owner = new Owner();
  connection.client.adopt(owner);
  connection.request();
  return { end: connection.client, owner };
}

/** An open connection; the camera's end has the timeouts. */
function pair(space = Infinity): Pair {
  const ends = listen();
  const { end: client, owner: atClient } = request();
  atClient.space = space;
  pass(2 * network.conditions.delay);
  const [server] = ends as [TcpEnd];
  const atServer = new Owner();
  server.adopt(atServer, { ...TIMEOUTS });
  atClient.events.length = atServer.events.length = 0;
  return { client, server, atClient, atServer };
}

describe("without faults", () => {
  test("everything happens at once", () => {
    const { client, server, atClient, atServer } = pair();
    client.send(Buffer.from("ping"));
    server.send(Buffer.from("pong"));
    client.finish();
    server.finish();
    expect(atServer.events).toEqual([
      [0, "bytes", 4],
      [0, "acknowledged", 4],
      [0, "end"],
    ]);
    expect(atClient.events).toEqual([
      [0, "acknowledged", 4],
      [0, "bytes", 4],
      [0, "end"],
    ]);
    expect(client.over && server.over).toBe(true);
  });

  test("after one direction has ended the other goes on", () => {
    const { client, server, atClient } = pair();
    client.finish();
    server.send(Buffer.alloc(10));
    client.send(Buffer.alloc(10));
    expect(atClient.events).toEqual([[0, "bytes", 10]]);
    expect(client.over || server.over).toBe(false);
  });

  test("bytes beyond the receive buffer are acknowledged when it has room", () => {
    const { server, atClient, atServer, client } = pair(100);
    server.send(Buffer.alloc(250));
    expect(atServer.acknowledged).toBe(100);
    atClient.space = 220;
    client.readMore();
    expect(atServer.acknowledged).toBe(220);
    atClient.space = 300;
    client.readMore();
    expect(atServer.events.map(([, , count]) => count)).toEqual([100, 120, 30]);
  });

  test("a port on which nothing listens refuses", () => {
    expect(request().owner.events).toEqual([[0, "ECONNREFUSED"]]);
  });

  test("a full accept queue loses the request, and the next one comes a second later", () => {
    let full = true;
    listen(() => !full);
    const { owner } = request();
    pass(500);
    full = false;
    pass(5_000);
    expect(owner.events).toEqual([[1_000, "connected"]]);
  });

  test("an end that comes before the connection is accepted is reported with it", () => {
    const ends = listen();
    const { end } = request();
    end.send(Buffer.from("early"));
    end.finish();
    const owner = new Owner();
    ends[0]?.adopt(owner, TIMEOUTS);
    expect(owner.events).toEqual([
      [0, "bytes", 5],
      [0, "end"],
    ]);
    const second = request();
    second.end.reset();
    ends[1]?.adopt(owner, TIMEOUTS);
    expect(owner.events.at(-1)).toEqual([0, "ECONNRESET"]);
  });
});

describe("closing", () => {
  test("a program that closes with unread bytes resets the connection, as does input after that", () => {
    const first = pair(0);
    first.server.send(Buffer.alloc(1));
    first.client.close(false);
    expect(first.atServer.events).toEqual([[0, "ECONNRESET"]]);
    const second = pairAgain();
    second.client.close(false);
    expect(second.atServer.events).toEqual([[0, "end"]]);
    second.server.send(Buffer.alloc(1));
    expect(second.atServer.events.at(-1)).toEqual([0, "ECONNRESET"]);
  });

  test("a camera that closes sends what is queued, and drops its input", () => {
    const { client, server, atClient, atServer } = pair(10);
    client.send(Buffer.alloc(5));
    server.send(Buffer.alloc(30));
    server.close(true);
    client.send(Buffer.alloc(50));
    atClient.space = 30;
    client.readMore();
    expect(atClient.events.map(([, what]) => what)).toEqual(["acknowledged", "bytes", "acknowledged", "bytes", "end"]);
    expect(atServer.received.length).toBe(5);
    client.finish();
    expect(server.over && client.over).toBe(true);
  });

  test("a peer that does not take it within 5 s is reset", () => {
    const { server, atClient } = pair(10);
    server.send(Buffer.alloc(30));
    server.close(true);
    pass(4_999);
    expect(atClient.events).toEqual([[0, "bytes", 10]]);
    pass(1);
    expect(atClient.events.at(-1)).toEqual([5_000, "ECONNRESET"]);
  });

  /** A second connection of the same listener. */
  function pairAgain(): Pair {
    network = new VirtualNetwork(new Pacer(clock, "stepped"), seededRandom(1));
    return pair();
  }
});

describe("faults", () => {
  test("delay: a packet takes so long in each direction", () => {
    network.conditions = { delay: 30 };
    const { client, atClient, atServer } = pair();
    const start = now();
    client.send(Buffer.alloc(8));
    pass(100);
    expect(atServer.events).toEqual([[start + 30, "bytes", 8]]);
    expect(atClient.events).toEqual([[start + 60, "acknowledged", 8]]);
  });

  test("bandwidth: the connections share it, segment by segment, and each direction has its own", () => {
    const a = pair();
    network.conditions = { bandwidth: 14_760 }; // ten full segments a second
    a.client.send(Buffer.alloc(14_360));
    a.server.send(Buffer.alloc(1_436));
    pass(100);
    expect(a.atServer.received.length).toBe(1_436);
    expect(a.atClient.received.length).toBe(1_436);
    pass(850);
    expect(a.atServer.received.length).toBe(9 * 1_436);
    pass(50);
    expect(a.atServer.received.length).toBe(14_360);
  });

  test("loss: a stream arrives whole and in order, and late; datagrams are missing", () => {
    const { client, atServer } = pair();
    const sent = Buffer.from(Array.from({ length: 100_000 }, (_, i) => i % 251));
    network.conditions = { loss: 0.2 };
    client.send(sent);
    pass(10_000);
    expect(atServer.received.equals(sent)).toBe(true);
    expect(atServer.events.some(([ms]) => ms >= 200)).toBe(true);

    const arrived: number[] = [];
    network.datagrams.open({
      side: "camera",
      endpoint: { address: "127.0.0.1", port: 9 },
      shared: false,
      groups: new Set(),
      receive: (bytes) => arrived.push(bytes[0] as number),
    });
    const from = {
      side: "outside",
      endpoint: CLIENT,
      shared: false,
      groups: new Set<string>(),
      receive: () => 0,
    } as const;
    for (let i = 0; i < 100; i++) network.datagrams.send(from, Buffer.of(i), { address: "127.0.0.1", port: 9 });
    expect(arrived.length).toBeGreaterThan(60);
    expect(arrived.length).toBeLessThan(95);
    expect(arrived).toEqual([...arrived].sort((a, b) => a - b));
  });

  test("reset: both ends fail, and what is on its way is lost", () => {
    network.conditions = { delay: 10 };
    const { client, atClient, atServer } = pair();
    const start = now();
    client.send(Buffer.alloc(5));
    network.resetConnections();
    pass(100);
    expect(atServer.events).toEqual([[start, "ECONNRESET"]]);
    expect(atClient.events).toEqual([[start, "ECONNRESET"]]);
  });

  test("unreachable: a request is repeated for 127 s, and answered when the camera is reachable again", () => {
    listen();
    network.conditions = { reachable: false };
    const { owner } = request();
    pass(126_999);
    expect(owner.events).toEqual([]);
    pass(1);
    expect(owner.events).toEqual([[127_000, "ETIMEDOUT"]]);
    const second = request().owner;
    pass(2_000);
    network.conditions = {};
    pass(2_000);
    expect(second.events).toEqual([[130_000, "connected"]]);
  });

  test("unreachable: bytes arrive when it is over", () => {
    const { client, server, atClient, atServer } = pair();
    client.connection.reachable = false;
    server.send(Buffer.alloc(20));
    client.send(Buffer.alloc(10));
    server.send(Buffer.alloc(30));
    client.finish();
    pass(30_000);
    expect([...atClient.events, ...atServer.events]).toEqual([]);
    client.connection.reachable = true;
    expect(atClient.received.length).toBe(50);
    expect(atServer.events.map(([, what]) => what)).toEqual(["bytes", "end", "acknowledged", "acknowledged"]);
    pass(200_000);
    expect(atServer.events.length).toBe(4);
  });

  // Probes after 10 s of silence, then every 5 s: the one at 60 s finds the peer silent for as long as the user timeout.
  test("keep-alive: a silent peer is dropped 60 s after its last answer", () => {
    const { client, server, atServer } = pair();
    pass(3_000);
    client.send(Buffer.alloc(1));
    pass(22_000);
    client.connection.reachable = false;
    pass(57_999);
    expect(atServer.events).toEqual([[3_000, "bytes", 1]]);
    pass(1);
    expect(atServer.events.at(-1)).toEqual([83_000, "ETIMEDOUT"]);
    expect(server.over).toBe(true);
  });

  test("keep-alive: another interval changes when it is found, and a reachable peer stays", () => {
    const { client, server, atServer } = pair();
    server.keepalive = 50_000_000;
    pass(1_000_000);
    expect(atServer.events).toEqual([]);
    client.connection.reachable = false;
    pass(74_999);
    expect(atServer.events).toEqual([]);
    pass(1);
    expect(atServer.events).toEqual([[1_075_000, "ETIMEDOUT"]]);
  });

  test("TCP user timeout: a peer whose window stays closed is dropped 60 s after its last acknowledgement", () => {
    const { client, server, atClient, atServer } = pair(10);
    server.send(Buffer.alloc(30));
    pass(40_000);
    atClient.space = 20;
    client.readMore();
    pass(59_999);
    expect(atServer.events).toEqual([
      [0, "acknowledged", 10],
      [40_000, "acknowledged", 10],
    ]);
    pass(1);
    expect(atServer.events.at(-1)).toEqual([100_000, "ETIMEDOUT"]);
    expect(atClient.events.at(-1)).toEqual([100_000, "ECONNRESET"]);
  });

  test("what is out of range throws and changes nothing", () => {
    for (const bad of [{ delay: -1 }, { bandwidth: 0 }, { loss: 1.5 }, { delay: NaN }])
      expect(() => (network.conditions = bad)).toThrow(RangeError);
    expect(network.conditions).toEqual({ delay: 0, bandwidth: Infinity, loss: 0, reachable: true });
  });
});

test("datagrams to a group reach each that has joined it, the sender as well", () => {
  const received: string[] = [];
  const socket = (
    side: "camera" | "outside",
    name: string,
    groups: string[],
  ): Parameters<typeof network.datagrams.open>[0] => {
    const made = {
      side,
      endpoint: { address: "127.0.0.1", port: 5353 },
      shared: true,
      groups: new Set(groups),
      receive: (bytes: Buffer) => received.push(`${name} ${bytes.toString()}`),
    };
    network.datagrams.open(made);
    return made;
  };
  const camera = socket("camera", "camera", ["224.0.0.251"]);
  const joined = socket("outside", "joined", ["224.0.0.251"]);
  socket("outside", "other", []);
  network.datagrams.send(camera, Buffer.from("all"), { address: "224.0.0.251", port: 5353 });
  network.datagrams.send(joined, Buffer.from("one"), { address: "127.0.0.1", port: 5353 });
  expect(received).toEqual(["camera all", "joined all", "camera one"]);
  expect(network.datagrams.port("camera", 5353, false)).toBeUndefined();
  network.datagrams.close(camera);
  expect(network.datagrams.port("camera", 5353, false)).toBe(5353);
});
