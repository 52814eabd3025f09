// SPDX-License-Identifier: Apache-2.0
/** UDP on the virtual network: unicast, and multicast to those who have joined. */
import type { Medium } from "./medium";
import type { Endpoint } from "./tcp";

/** The firmware's side, or that of the programs. */
export type Side = "camera" | "outside";

/** A socket bound to a port. */
export interface DatagramSocket {
  readonly side: Side;
  readonly endpoint: Endpoint;
  /** Others may open the port too, and each of them gets multicast datagrams. */
  readonly shared: boolean;
  readonly groups: Set<string>;
  receive(bytes: Buffer, from: Endpoint): void;
}

/** 224.0.0.0/4. */
export function isMulticast(address: string): boolean {
  const first = Number(address.split(".")[0]);
  return first >= 224 && first <= 239;
}

/** The bound sockets of both sides, and the way of a datagram between them. */
export class Datagrams {
  readonly #medium: Medium;
  readonly #ephemeralPort: () => number;
  readonly #sockets: DatagramSocket[] = [];

  constructor(medium: Medium, ephemeralPort: () => number) {
    this.#medium = medium;
    this.#ephemeralPort = ephemeralPort;
  }

  /** @returns the port, or undefined when it is taken */
  port(side: Side, port: number, shared: boolean): number | undefined {
    if (port === 0) return this.#ephemeralPort();
    const taken = this.#sockets.some(
      (other) => other.side === side && other.endpoint.port === port && !(shared && other.shared),
    );
    return taken ? undefined : port;
  }

  open(socket: DatagramSocket): void {
    this.#sockets.push(socket);
  }

  close(socket: DatagramSocket): void {
    const at = this.#sockets.indexOf(socket);
    if (at >= 0) this.#sockets.splice(at, 1);
  }

  send(from: DatagramSocket, bytes: Buffer, to: Endpoint): void {
    const medium = this.#medium;
    if (medium.loses) return;
    const direction = from.side === "camera" ? "out" : "in";
    medium.at(medium.arrival(direction, bytes.length), () => {
      if (!medium.conditions.reachable) return;
      for (const socket of this.#receivers(from, to)) socket.receive(bytes, from.endpoint);
    });
  }

  /** The sender gets its own multicast datagram if it has joined the group: the option IP_MULTICAST_LOOP. */
  #receivers(from: DatagramSocket, { address, port }: Endpoint): DatagramSocket[] {
    const bound = this.#sockets.filter((socket) => socket.endpoint.port === port);
    if (isMulticast(address)) return bound.filter((socket) => socket.groups.has(address));
    const others = bound.filter((socket) => socket.side !== from.side);
    const exact = others.find((socket) => socket.endpoint.address === address);
    return [exact ?? others[0] ?? bound[0]].filter((socket) => socket !== undefined);
  }
}
