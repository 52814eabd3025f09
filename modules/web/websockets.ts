// SPDX-License-Identifier: Apache-2.0
import { Emitter } from "modules/events/emitter";
import { type CommandEnvironment, Places, type PlacesEvents } from "modules/server/server";
import type { Transport } from "modules/server/transport";
import { type Exchange, type Handlers, RETRY_AFTER } from "./exchange";
import { PLACES } from "./limits";
import { WebSocketChannel, WebSocketMemory } from "./websocket-channel";
import type { FrameReader, WebSocketCodec } from "./websocket-protocol";
import { readHandshake } from "./websocket-handshake";
import type { BinaryEncoder } from "./websocket-image";

export interface WebSocketsOptions extends CommandEnvironment {
  readonly codec: WebSocketCodec;
  createReader(): FrameReader;
  createImage(): BinaryEncoder;
}

/** The clients at `/ws`, each with a session as on the command socket. */
export class WebSockets extends Emitter<Pick<PlacesEvents, "clients" | "streaming">> {
  readonly handlers: Pick<Handlers, "websocket">;
  private readonly options: WebSocketsOptions;
  private readonly places: Places<WebSocketMemory>;

  constructor(options: WebSocketsOptions) {
    super();
    this.options = options;
    this.places = new Places({
      ...options,
      kind: "WebSocket client",
      places: PLACES.websocket,
      createMemory: () => new WebSocketMemory(options.createReader(), options.createImage()),
    });
    this.places.on("clients", (count) => this.emit("clients", count));
    this.places.on("streaming", (streaming) => this.emit("streaming", streaming));
    this.handlers = { websocket: (exchange) => this.open(exchange) };
  }

  /** Ends all sessions. */
  close(): void {
    this.places.close();
  }

  private open(exchange: Exchange): void {
    const { codec, text, timers, log } = this.options;
    const { key, version, protocol } = readHandshake(exchange.request);
    const memory = this.places.take();
    if (!memory) return exchange.fail(503, "too many WebSockets", RETRY_AFTER);
    let socket: Transport;
    try {
      socket = exchange.upgrade({
        Upgrade: "websocket",
        "Sec-WebSocket-Accept": codec.accept(key),
        ...(protocol !== undefined && { "Sec-WebSocket-Protocol": protocol }),
      });
    } catch (error) {
      this.places.giveBack(memory);
      throw error;
    }
    const channel = new WebSocketChannel({ socket, memory, version, codec, text, timers, log });
    // Frames that came behind the request are there already.
    this.places.open(memory, channel).onReadable();
  }
}
