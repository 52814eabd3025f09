// SPDX-License-Identifier: Apache-2.0

/**
 * Sends every command's example to a running camera and keeps what it answers in docs/exchanges.json, for the protocol page.
 * The camera's clock, settings and WiFi are changed by it: use a simulated one with a data folder of its own.
 *
 *   tsx tools/docs/capture-exchanges.ts [HOST[:PORT]]      (127.0.0.1:5001)
 */
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { TABLE, type CommandSpec } from "../../modules/protocol/table";
import { PacketReader } from "../tcam/packets";
import { commandOf, ERRORS, type Exchange, type Exchanges } from "./exchanges";

const TIMEOUT_MS = 10_000;
/** Time in which a packet nobody asked for would have come. */
const QUIET_MS = 300;
/** Characters of a text (pixels, for the most part) that are kept. */
const KEPT = 48;

/** A connection that takes any text, whose packets are waited for one at a time. */
class Client {
  readonly #packets: string[] = [];
  readonly #reader = new PacketReader();

  private constructor(readonly socket: Socket) {
    socket.on("error", () => undefined);
    socket.on("data", (data) => {
      const whole = this.#reader.push(data);
      this.#packets.push(...whole);
      if (whole.length > 0) socket.emit("packet");
    });
  }

  static async open(host: string, port: number): Promise<Client> {
    const socket = connect({ host, port });
    await once(socket, "connect");
    return new Client(socket);
  }

  send(text: string): void {
    this.socket.write(`\x02${text}\x03`);
  }

  /** The next packet, or undefined when none comes within `timeout` ms. */
  async next(timeout: number): Promise<string | undefined> {
    if (this.#packets.length === 0) {
      const waiting = new AbortController();
      // The camera ends the connection after set_wifi: an unreferenced timer would end the program with it.
      const timer = setTimeout(() => waiting.abort(), timeout);
      await once(this.socket, "packet", { signal: waiting.signal }).catch(() => undefined);
      clearTimeout(timer);
    }
    return this.#packets.shift();
  }
}

/** How many packets a command brings: its answer, and the images of a stream. */
function packetsOf(spec: CommandSpec): number {
  return (spec.answer === "none" ? 0 : 1) + Number(spec.example?.["num_frames"] ?? 0);
}

const shorten = (packet: string): string =>
  packet.replace(/"((?:radiometric|telemetry)":"[^"]*)"/g, (_, text: string) =>
    text.length > KEPT ? `"${text.slice(0, KEPT)}…"` : `"${text}"`,
  );

async function exchange(client: Client, sent: string, count: number): Promise<Exchange> {
  const received: string[] = [];
  client.send(sent);
  for (let i = 0; i < count; i++) {
    const packet = await client.next(TIMEOUT_MS);
    if (packet === undefined) throw new Error(`${sent}: ${i} of ${count} packets came within ${TIMEOUT_MS / 1000} s`);
    received.push(shorten(packet));
  }
  const more = await client.next(QUIET_MS);
  if (more !== undefined) throw new Error(`${sent}: more came than was asked for: ${more.slice(0, 200)}`);
  return { sent, received };
}

async function capture(host: string, port: number): Promise<Exchanges> {
  const client = await Client.open(host, port);
  const commands: Record<string, Exchange> = {};
  const errors: Record<string, Exchange> = {};
  try {
    for (const [title, text] of Object.entries(ERRORS)) errors[title] = await exchange(client, text, 1);
    // The session ends with set_wifi.
    const entries = Object.entries<CommandSpec>(TABLE).sort(
      ([a], [b]) => Number(a === "set_wifi") - Number(b === "set_wifi"),
    );
    for (const [name, spec] of entries) commands[name] = await exchange(client, commandOf(name, spec), packetsOf(spec));
  } finally {
    client.socket.destroy();
  }
  return { commands, errors };
}

const [host = "127.0.0.1", port = "5001"] = (process.argv[2] ?? "").split(":").map((part) => part || undefined);
capture(host, Number(port)).then(
  (exchanges) => {
    writeFileSync(join(__dirname, "../../docs/exchanges.json"), `${JSON.stringify(exchanges, undefined, 2)}\n`);
    console.log(`${Object.keys(exchanges.commands).length} commands captured from ${host}:${port}`);
  },
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  },
);
