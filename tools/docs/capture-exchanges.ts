// SPDX-License-Identifier: Apache-2.0

/**
 * Sends every command's example to a running camera and keeps what it answers in docs/exchanges.json, for the protocol page.
 * The camera's clock, settings and WiFi are changed by it: use a simulated one with a data folder of its own.
 *
 *   tsx tools/docs/capture-exchanges.ts [HOST[:PORT]]      (127.0.0.1:5001)
 */
import { writeFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { TABLE, type CommandSpec } from "../../modules/protocol/table";
import { commandOf, ERRORS, type Exchange, type Exchanges } from "./exchanges";

const TIMEOUT_MS = 10_000;
/** Time in which a packet nobody asked for would have come. */
const QUIET_MS = 300;
/** Characters of a text (pixels, for the most part) that are kept. */
const KEPT = 48;

/** One connection, whose packets can be waited for one at a time. */
class Client {
  readonly #packets: string[] = [];
  #rest = Buffer.alloc(0);
  #wake: () => void = () => undefined;

  private constructor(readonly socket: Socket) {
    socket.on("data", (data) => {
      this.#rest = Buffer.concat([this.#rest, data]);
      for (let end = this.#rest.indexOf(3); end >= 0; end = this.#rest.indexOf(3)) {
        this.#packets.push(this.#rest.subarray(1, end).toString("utf8"));
        this.#rest = this.#rest.subarray(end + 1);
      }
      this.#wake();
    });
  }

  static open(host: string, port: number): Promise<Client> {
    return new Promise((resolve, reject) => {
      const socket = connect({ host, port }, () => {
        socket.off("error", reject);
        socket.on("error", () => undefined);
        resolve(new Client(socket));
      });
      socket.once("error", reject);
    });
  }

  send(text: string): void {
    this.socket.write(`\x02${text}\x03`);
  }

  /** The next packet, or undefined when none came in time. */
  async next(timeout: number): Promise<string | undefined> {
    const end = Date.now() + timeout;
    while (this.#packets.length === 0 && Date.now() < end)
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        setTimeout(resolve, end - Date.now());
      });
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
