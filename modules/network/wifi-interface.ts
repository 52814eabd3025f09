// SPDX-License-Identifier: Apache-2.0
import type { Context } from "modules/context/context";
import { Emitter, type Observable } from "modules/events/emitter";
import {
  PORT,
  Server,
  type ClientInterface,
  type ClientInterfaceEvents,
  type ServerEvents,
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
  /** Where a port at this address is reached from outside; undefined: it is closed. */
  endpoint(address: string, port: number): Pick<Place, "addresses" | "port"> | undefined;
}

/** The web server, which runs beside the command socket. */
export interface WebService extends Observable<ServerEvents> {
  readonly port: number;
  start(): void;
  stop(): void;
}

/** Clients over WiFi: serves and announces the camera while the network has an address. */
export class WifiInterface extends Emitter<ClientInterfaceEvents> implements ClientInterface {
  readonly name = "network";

  constructor(
    private readonly network: NetworkManager,
    private readonly server: Server,
    private readonly web: WebService,
    private readonly discovery: Discovery,
    private readonly system: WifiSystem,
  ) {
    super();
    network.on("address", (address) => this.serveAt(address));
    let clients = 0;
    let streaming = 0;
    for (const service of [server, web]) {
      let before = 0;
      service.on("clients", (count) => {
        clients += count - before;
        before = count;
        this.emit("clients", clients);
      });
      service.on("streaming", (on) => {
        streaming += on ? 1 : -1;
        network.streaming = streaming > 0;
      });
    }
  }

  static open(
    context: Context,
    { listener, tcp, udp }: SocketBoard,
    system: WifiSystem,
    network: NetworkManager,
    sessions: SessionEnvironment,
    web: WebService,
  ): WifiInterface {
    const { faults } = context.part("server");
    const { random } = context;
    const { version } = system.info;
    const server = new Server({ ...sessions, Listener: listener, TCP: tcp, faults });
    const discovery = new Discovery({ ...context.part("discovery"), udp, random, version });
    return new WifiInterface(network, server, web, discovery, system);
  }

  start(): void {
    this.network.start();
    // WiFi that the settings turn off counts as up.
    if (!this.network.enabled) this.emit("up");
  }

  private serveAt(address: string | undefined): void {
    if (address === undefined) {
      this.discovery.update(undefined);
      this.server.stop();
      this.web.stop();
      return;
    }
    this.emit("up");
    const place = this.system.endpoint(address, PORT);
    const page = this.system.endpoint(address, this.web.port);
    // First: a camera whose command socket listens is ready.
    if (page) this.web.start();
    this.server.start();
    this.discovery.update(place && { name: this.network.name, ...place, webPort: page?.port });
  }
}
