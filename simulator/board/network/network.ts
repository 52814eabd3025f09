// SPDX-License-Identifier: Apache-2.0
/**
 * The network between the firmware and programs in this process (docs/simulator.md, "A network without sockets").
 * Everything on it happens in board time, in one order.
 */
import type { Pacer } from "../pacer";
import { Datagrams, type Side } from "./datagrams";
import { Medium, type NetworkConditions, PERFECT } from "./medium";
import { type Endpoint, type TcpAcceptor, TcpConnection } from "./tcp";

/** IANA's range of ephemeral ports. */
const FIRST_EPHEMERAL = 49_152;
const LAST_PORT = 65_535;

/** The camera's address for programs, and theirs unless they choose another. */
export const CAMERA_ADDRESS = "127.0.0.1";

/** What listens on a port. */
export interface Listener {
  readonly accept: TcpAcceptor;
}

/** Listeners, connections and sockets of both sides, and the conditions of the network. */
export class VirtualNetwork {
  readonly datagrams: Datagrams;
  readonly pacer: Pacer;
  readonly #medium: Medium;
  readonly #listeners = { camera: new Map<number, Listener>(), outside: new Map<number, Listener>() };
  readonly #connections = new Set<TcpConnection>();
  #lastPort = FIRST_EPHEMERAL - 1;

  /** @param random in [0, 1): which packets are lost */
  constructor(pacer: Pacer, random: () => number) {
    this.pacer = pacer;
    this.#medium = new Medium(pacer.clock, random);
    this.datagrams = new Datagrams(this.#medium, () => this.ephemeralPort());
  }

  get conditions(): NetworkConditions {
    return this.#medium.conditions;
  }
  /** Conditions that are not given are perfect. @throws RangeError */
  set conditions(conditions: Partial<NetworkConditions>) {
    const all = { ...PERFECT, ...conditions };
    if (!(all.delay >= 0 && all.bandwidth > 0 && all.loss >= 0 && all.loss <= 1))
      throw new RangeError("delay: 0 or more; bandwidth: above 0; loss: 0 to 1");
    this.pacer.sync();
    this.#medium.conditions = all;
    for (const connection of [...this.#connections]) connection.reachableChanged();
  }

  /** Resets every connection, at both ends. */
  resetConnections(): void {
    this.pacer.sync();
    for (const { client, server } of [...this.#connections]) {
      client.fail("ECONNRESET");
      server.fail("ECONNRESET");
    }
  }

  /** Whether something listens on this port of the camera. */
  listens(port: number): boolean {
    return this.#listeners.camera.has(port);
  }

  ephemeralPort(): number {
    this.#lastPort = this.#lastPort === LAST_PORT ? FIRST_EPHEMERAL : this.#lastPort + 1;
    return this.#lastPort;
  }

  /** @returns a function that closes it, or undefined when the port is taken */
  listen(side: Side, port: number, listener: Listener): (() => void) | undefined {
    const listeners = this.#listeners[side];
    if (listeners.has(port)) return undefined;
    listeners.set(port, listener);
    return () => listeners.delete(port);
  }

  /**
   * A connection whose request is not sent yet.
   * @param from side of the client
   */
  connection(from: Side, client: Endpoint, server: Endpoint): TcpConnection {
    const connection: TcpConnection = new TcpConnection(
      this.#medium,
      { client, server, direction: from === "outside" ? "in" : "out" },
      () => this.#find(from, server)?.accept,
      () => this.#connections.delete(connection),
    );
    this.#connections.add(connection);
    return connection;
  }

  /** Calls a program back when the board has finished what it does. Board time stands still until programs have reacted. */
  report(callback: () => void): void {
    process.nextTick(callback);
    this.pacer.react();
  }

  /** The camera's own servers are found from inside as well, unless a program listens on the port. */
  #find(from: Side, { port }: Endpoint): Listener | undefined {
    const { camera, outside } = this.#listeners;
    return from === "outside" ? camera.get(port) : (outside.get(port) ?? camera.get(port));
  }
}
