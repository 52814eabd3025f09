// SPDX-License-Identifier: Apache-2.0
/**
 * Clients of a camera in a process of their own, so that they take no time from it: `fork` with a Place as the parameter.
 * The process sends "ready" when they are connected. It gets the milliseconds to measure, sends a Measured, and ends.
 */
import { Agent, get, request } from "node:http";
import { Connection } from "../../tools/tcam/connection";
import { WebSocketClient } from "../device/web/websocket-client";

export interface Place {
  readonly kind: keyof typeof KINDS;
  readonly host: string;
  /** Of the command socket. */
  readonly port: number;
  /** Of the web server. */
  readonly http: number;
}

export interface Measured {
  /** Images a second of each client. */
  readonly rates: Readonly<Record<string, readonly number[]>>;
  /** Milliseconds of each request. */
  readonly times: Readonly<Record<string, readonly number[]>>;
}

/** Counts and times of a while. */
type Measure = (milliseconds: number) => Promise<Measured>;

const CLIENTS = 4;
/** Milliseconds between two requests of a client that asks again and again. */
const PAUSE = 20;
const COMMAND = JSON.stringify({ cmd: "get_status" });

const sleep = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Repeats a request for a while. @returns milliseconds of each */
async function timesOf(milliseconds: number, ask: () => Promise<unknown>): Promise<number[]> {
  const times: number[] = [];
  for (const end = performance.now() + milliseconds; performance.now() < end; await sleep(PAUSE)) {
    const begun = performance.now();
    await ask();
    times.push(performance.now() - begun);
  }
  return times;
}

/** Images a second of counters that go on. */
async function ratesOf(milliseconds: number, counts: () => readonly number[]): Promise<number[]> {
  const before = counts();
  const begun = performance.now();
  await sleep(milliseconds);
  const seconds = (performance.now() - begun) / 1000;
  return counts().map((count, i) => (count - (before[i] ?? 0)) / seconds);
}

/** Clients of the command socket, of which the first asks for the status. */
async function openClients({ host, port }: Place): Promise<Measure> {
  const counts: number[] = [];
  const clients: Connection[] = [];
  for (let i = 0; i < CLIENTS; i++) {
    const client = await Connection.open({ host, port, timeout: 20_000 });
    counts.push(0);
    client.on("image", () => (counts[i] = (counts[i] ?? 0) + 1));
    await client.call("stream_on");
    clients.push(client);
  }
  return async (milliseconds) => {
    const asked = timesOf(milliseconds, () => (clients[0] as Connection).call("get_status"));
    const rates = await ratesOf(milliseconds, () => [...counts]);
    return { rates: { "tCam client": rates }, times: { "get_status, command socket": await asked } };
  };
}

/** WebSockets of both versions, of which the first asks for the status. */
async function openBrowsers({ host, http }: Place): Promise<Measure> {
  const counts: number[] = [];
  const sockets: WebSocketClient[] = [];
  let answered: (() => void) | undefined;
  const watch = async (socket: WebSocketClient, place: number): Promise<never> => {
    for (;;) {
      const { opcode } = await socket.next();
      if (opcode === 2) counts[place] = (counts[place] ?? 0) + 1;
      else answered?.();
    }
  };
  for (let i = 0; i < CLIENTS; i++) {
    const socket = await WebSocketClient.open(http, host, i % 2 ? { protocol: "tcam.2" } : {});
    counts.push(0);
    await socket.call("stream_on");
    watch(socket, i).catch(fail);
    sockets.push(socket);
  }
  const ask = (): Promise<void> => {
    const answer = new Promise<void>((resolve) => (answered = resolve));
    sockets[0]?.send(COMMAND);
    return answer;
  };
  return async (milliseconds) => {
    const asked = timesOf(milliseconds, ask);
    const rates = await ratesOf(milliseconds, () => [...counts]);
    const of = (version: number): number[] => rates.filter((_, i) => i % 2 === version - 1);
    return {
      rates: { "WebSocket, version 1": of(1), "WebSocket, version 2": of(2) },
      times: { "get_status, WebSocket": await asked },
    };
  };
}

/** A viewer of MJPEG, and clients that ask for snapshots and for the status. */
async function openRequests({ host, http }: Place): Promise<Measure> {
  const pictures = await watchStream(host, http);
  const ask = (agent: Agent, path: string, body?: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const headers = body === undefined ? {} : { "Content-Type": "application/json", "Content-Length": body.length };
      const asked = request({ host, port: http, agent, path, method: body === undefined ? "GET" : "POST", headers });
      asked.on("response", (answer) => {
        if (answer.statusCode === 200) answer.on("end", resolve).resume();
        else reject(new Error(`${path}: ${answer.statusCode}`));
      });
      asked.on("error", reject).end(body);
    });
  const agents = [0, 1].map(() => new Agent({ keepAlive: true, maxSockets: 1 })) as [Agent, Agent];
  return async (milliseconds) => {
    const snapshots = timesOf(milliseconds, () => ask(agents[0], "/snapshot.jpg"));
    const commands = timesOf(milliseconds, () => ask(agents[1], "/api/v1/command", COMMAND));
    const rates = await ratesOf(milliseconds, () => [pictures()]);
    return { rates: { MJPEG: rates }, times: { "snapshot.jpg": await snapshots, "get_status, HTTP": await commands } };
  };
}

/** @returns the number of pictures so far */
function watchStream(host: string, port: number): Promise<() => number> {
  const mark = "Content-Type: image/jpeg";
  let count = 0;
  let rest = "";
  return new Promise((resolve, reject) => {
    get({ host, port, path: "/stream.mjpg", agent: false }, (answer) => {
      answer.on("data", (bytes: Buffer) => {
        const parts = (rest + bytes.toString("latin1")).split(mark);
        count += parts.length - 1;
        rest = (parts.at(-1) ?? "").slice(1 - mark.length);
      });
      answer.on("end", () => fail(new Error("the stream ended")));
      if (answer.statusCode === 200) resolve(() => count);
      else reject(new Error(`stream.mjpg: ${answer.statusCode}`));
    }).on("error", reject);
  });
}

const KINDS = { clients: openClients, browsers: openBrowsers, requests: openRequests } as const;

function fail(error: unknown): void {
  console.error(`bench: ${error instanceof Error ? error.message : String(error)}`);
  process.exit(1);
}

async function main(place: Place): Promise<void> {
  const measure = await KINDS[place.kind](place);
  process.once("message", (milliseconds: number) => {
    measure(milliseconds).then((measured) => process.send?.(measured, () => process.exit(0)), fail);
  });
  process.once("disconnect", () => process.exit());
  process.send?.("ready");
}

if (require.main === module) main(JSON.parse(process.argv[2] ?? "") as Place).catch(fail);
