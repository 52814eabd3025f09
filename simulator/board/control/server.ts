// SPDX-License-Identifier: Apache-2.0
/**
 * The control API over HTTP, for this computer only: it listens on the loopback address and rejects requests of web pages
 * from other origins, which could otherwise reach it through a browser on this computer.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { PAGE } from "./page";
import { InputError } from "./fields";
import type { Routes } from "./route";
import type { Journal } from "../journal";

const BODY_LIMIT = 1_048_576;
const LOOPBACK_NAMES = ["127.0.0.1", "localhost", "[::1]"];
const KEEP_ALIVE = 15_000;

/** Answered with this status and its message. */
class HttpError extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export class ControlServer {
  readonly #routes: Routes;
  readonly #journal: Journal;
  readonly #server: Server;
  readonly #listeners = new Set<ServerResponse>();

  constructor(routes: Routes, journal: Journal) {
    this.#routes = routes;
    this.#journal = journal;
    this.#server = createServer((request, response) => void this.#handle(request, response));
    // After this process was stopped for a while, a timeout would close connections under their clients' next requests.
    this.#server.keepAliveTimeout = 0;
  }

  /** @param port 0: a free one. @returns the port. Rejects with the system's error when the port cannot be opened */
  listen(port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(port, "127.0.0.1", () => resolve((this.#server.address() as AddressInfo).port));
    });
  }

  /** Ends all connections. */
  close(): Promise<void> {
    for (const response of this.#listeners) response.end();
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      guard(request);
      const url = new URL(request.url ?? "/", "http://127.0.0.1");
      if (url.pathname === "/events") this.#events(request, response, url.searchParams.has("frames"));
      else if (url.pathname === "/") this.#page(request, response);
      else await this.#route(request, response, url);
    } catch (error) {
      const status = error instanceof HttpError ? error.status : error instanceof InputError ? 400 : 500;
      if (status === 500) this.#journal.log("E", "control", String((error as Error).stack ?? error));
      sendJson(response, status, { error: (error as Error).message });
    }
  }

  async #route(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    const route = this.#routes.get(url.pathname);
    if (!route) throw new HttpError(404, `no path ${url.pathname}; see docs/simulator.md`);
    const method = request.method ?? "";
    if (method === "GET" && route.get) return sendJson(response, 200, await route.get(url.searchParams));
    if (method === "POST" && route.post) {
      const body = await readBody(request);
      return sendJson(response, 200, (await route.post(body)) ?? { ok: true });
    }
    const allowed = [route.get && "GET", route.post && "POST"].filter(Boolean).join(", ");
    response.setHeader("Allow", allowed);
    throw new HttpError(405, `${url.pathname} takes ${allowed}, not ${method}`);
  }

  #page(request: IncomingMessage, response: ServerResponse): void {
    if (request.method !== "GET") throw new HttpError(405, "/ takes GET");
    response.writeHead(200, {
      "Content-Type": "text/html; charset=utf-8",
      "Content-Security-Policy": "default-src 'self'; script-src 'unsafe-inline'; style-src 'unsafe-inline'",
      "X-Frame-Options": "DENY",
    });
    response.end(PAGE);
  }

  /** Sends new log lines and events as server-sent events; the frames that the firmware reads only if they are wanted. */
  #events(request: IncomingMessage, response: ServerResponse, frames: boolean): void {
    if (request.method !== "GET") throw new HttpError(405, "/events takes GET");
    response.writeHead(200, { "Content-Type": "text/event-stream", "Cache-Control": "no-store" });
    response.write(": the virtual board\n\n");
    const send = (type: string, data: unknown): void =>
      void response.write(`event: ${type}\ndata: ${JSON.stringify(data)}\n\n`);
    const ends = [
      this.#journal.events.subscribe((event) => send(event.type, event)),
      this.#journal.lines.subscribe((line) => send("log", line)),
      ...(frames ? [this.#journal.frames.subscribe((frame) => send("frame", frame))] : []),
    ];
    const timer = setInterval(() => response.write(":\n\n"), KEEP_ALIVE);
    this.#listeners.add(response);
    response.on("close", () => {
      clearInterval(timer);
      ends.forEach((end) => end());
      this.#listeners.delete(response);
    });
  }
}

/** Rejects requests that a foreign web page could send: a foreign Host (DNS rebinding), a foreign Origin. */
function guard(request: IncomingMessage): void {
  const host = request.headers.host ?? "";
  const name = host.replace(/:\d+$/, "").toLowerCase();
  if (!LOOPBACK_NAMES.includes(name)) throw new HttpError(403, `the Host header must name this computer, not ${host}`);
  const origin = request.headers.origin;
  if (origin !== undefined && origin.toLowerCase() !== `http://${host.toLowerCase()}`)
    throw new HttpError(403, "requests of other web pages are refused");
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > BODY_LIMIT) throw new HttpError(413, `the body is longer than ${BODY_LIMIT} bytes`);
    chunks.push(chunk);
  }
  if (length === 0) return {};
  const type = (request.headers["content-type"] ?? "").split(";")[0]?.trim().toLowerCase();
  if (type !== "application/json") throw new HttpError(415, "the body's Content-Type must be application/json");
  try {
    return JSON.parse(Buffer.concat(chunks).toString("utf8"));
  } catch {
    throw new HttpError(400, "the body is not JSON");
  }
}

function sendJson(response: ServerResponse, status: number, value: unknown): void {
  if (response.headersSent) return void response.end();
  response.writeHead(status, { "Content-Type": "application/json", "Cache-Control": "no-store" });
  response.end(`${JSON.stringify(value)}\n`);
}
