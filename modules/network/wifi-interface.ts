// SPDX-License-Identifier: Apache-2.0
import type { Context } from "modules/context/context";
import { Emitter } from "modules/events/emitter";
import {
  PORT,
  Server,
  type ClientInterface,
  type ClientInterfaceEvents,
  type ServerOptions,
  type SessionEnvironment,
} from "modules/server/server";
import { Discovery, type DiscoveryOptions, type Place } from "./discovery";
import type { NetworkManager } from "./network";

/** The board's socket classes. */
export interface SocketBoard {
  readonly listener: ServerOptions["Listener"];
  readonly tcp: ServerOptions["TCP"];
  readonly udp: DiscoveryOptions["udp"];
}

/** The part of platform/system that the interface needs. */
export interface WifiSystem {
  readonly info: { readonly version: string };
  /** Where a port at this address is reached from outside. */
  endpoint(address: string, port: number): Omit<Place, "name">;
}

/** Clients over WiFi: serves and announces the camera while the network has an address. */
export class WifiInterface extends Emitter<ClientInterfaceEvents> implements ClientInterface {
  readonly name = "network";

  constructor(
    private readonly network: NetworkManager,
    private readonly server: Server,
    private readonly discovery: Discovery,
    private readonly system: WifiSystem,
  ) {
    super();
    network.on("address", (address) => this.#serveAt(address));
    server.on("clients", (count) => this.emit("clients", count));
    server.on("streaming", (streaming) => void (network.streaming = streaming));
  }

  static open(
    context: Context,
    { listener, tcp, udp }: SocketBoard,
    system: WifiSystem,
    network: NetworkManager,
    sessions: SessionEnvironment,
  ): WifiInterface {
    const { faults } = context.part("server");
    const { random } = context;
    const { version } = system.info;
    const server = new Server({ ...sessions, Listener: listener, TCP: tcp, faults });
    const discovery = new Discovery({ ...context.part("discovery"), udp, random, version });
    return new WifiInterface(network, server, discovery, system);
  }

  start(): void {
    this.network.start();
    // WiFi that the settings turn off counts as up.
    if (!this.network.enabled) this.emit("up");
  }

  #serveAt(address: string | undefined): void {
    if (address === undefined) {
      this.discovery.update(undefined);
      this.server.stop();
      return;
    }
    this.emit("up");
    this.server.start();
    this.discovery.update({ name: this.network.name, ...this.system.endpoint(address, PORT) });
  }
}
