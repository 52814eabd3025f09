// SPDX-License-Identifier: Apache-2.0

/**
 * Sends each command's example to a running camera and writes the answers to docs/exchanges.json, for the protocol page.
 * It changes the camera's clock, settings and WiFi: use a virtual camera with a data folder of its own.
 *
 *   tsx tools/docs/capture-exchanges.ts [HOST[:PORT]]      (127.0.0.1:5001)
 */
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { TABLE, type CommandSpec } from "../../modules/protocol/table";
import { Connection } from "../tcam/connection";
import { commandOf, ERRORS, type Exchange, type Exchanges } from "./exchanges";

const TIMEOUT_MS = 10_000;
/** After the expected messages: wait this long for an unexpected one. */
const QUIET_MS = 300;
/** Characters of a text (mostly pixels) that are kept. */
const KEPT = 48;

/** The messages of a connection, one at a time. */
class Messages {
  readonly #connection: Connection;
  readonly #texts: string[] = [];

  constructor(connection: Connection) {
    this.#connection = connection;
    connection.on("message", (text) => this.#texts.push(text));
  }

  /** The next message, or undefined if none comes within `timeout` ms. */
  async next(timeout: number): Promise<string | undefined> {
    if (this.#texts.length === 0) {
      const waiting = new AbortController();
      // The camera ends the connection after set_wifi: an unreferenced timer would end the program with it.
      const timer = setTimeout(() => waiting.abort(), timeout);
      await once(this.#connection, "message", { signal: waiting.signal }).catch(() => undefined);
      clearTimeout(timer);
    }
    return this.#texts.shift();
  }
}

/** Number of messages that a command brings: its answer, and the images of a stream. */
function messageCount(spec: CommandSpec): number {
  return (spec.answer === "none" ? 0 : 1) + Number(spec.example?.["num_frames"] ?? 0);
}

const shorten = (message: string): string =>
  message.replace(/"((?:radiometric|telemetry)":"[^"]*)"/g, (_, text: string) =>
    text.length > KEPT ? `"${text.slice(0, KEPT)}…"` : `"${text}"`,
  );

async function exchange(connection: Connection, messages: Messages, sent: string, count: number): Promise<Exchange> {
  const received: string[] = [];
  connection.sendText(sent);
  for (let i = 0; i < count; i++) {
    const message = await messages.next(TIMEOUT_MS);
    if (message === undefined) throw new Error(`${sent}: ${i} of ${count} messages came within ${TIMEOUT_MS / 1000} s`);
    received.push(shorten(message));
  }
  const more = await messages.next(QUIET_MS);
  if (more !== undefined) throw new Error(`${sent}: unexpected message: ${more.slice(0, 200)}`);
  return { sent, received };
}

async function capture(host: string, port: number): Promise<Exchanges> {
  const connection = await Connection.open({ host, port });
  const messages = new Messages(connection);
  const commands: Record<string, Exchange> = {};
  const errors: Record<string, Exchange> = {};
  try {
    for (const [title, text] of Object.entries(ERRORS)) errors[title] = await exchange(connection, messages, text, 1);
    // The session ends with set_wifi.
    const entries = Object.entries<CommandSpec>(TABLE).sort(
      ([a], [b]) => Number(a === "set_wifi") - Number(b === "set_wifi"),
    );
    for (const [name, spec] of entries)
      commands[name] = await exchange(connection, messages, commandOf(name, spec), messageCount(spec));
  } finally {
    connection.close();
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
