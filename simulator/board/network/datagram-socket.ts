// SPDX-License-Identifier: Apache-2.0
/** A program's UDP socket on the virtual network, in place of one of node:dgram. */
import { EventEmitter } from "node:events";
import type { DatagramSocket } from "./datagrams";
import type { VirtualNetwork } from "./network";
import type { Endpoint } from "./tcp";

interface VirtualDatagramSocketEvents {
  message: [bytes: Buffer, from: Endpoint];
  close: [];
}

export class VirtualDatagramSocket extends EventEmitter<VirtualDatagramSocketEvents> {
  readonly #network: VirtualNetwork;
  readonly #socket: DatagramSocket;

  /** @throws Error when the port is taken */
  constructor(network: VirtualNetwork, { address, port: wanted }: Endpoint) {
    super();
    const port = network.datagrams.port("outside", wanted, true);
    if (port === undefined) throw new Error(`UDP port ${wanted} of the virtual network is taken`);
    this.#network = network;
    this.#socket = {
      side: "outside",
      endpoint: { address, port },
      shared: true,
      groups: new Set(),
      receive: (bytes, from) => network.report(() => this.emit("message", bytes, from)),
    };
    network.datagrams.open(this.#socket);
  }

  address(): Endpoint {
    return this.#socket.endpoint;
  }

  send(bytes: Uint8Array | string, port: number, address = "127.0.0.1"): void {
    this.#network.pacer.sync();
    this.#network.datagrams.send(this.#socket, Buffer.from(bytes as string), { address, port });
  }

  addMembership(group: string): void {
    this.#socket.groups.add(group);
  }
  dropMembership(group: string): void {
    this.#socket.groups.delete(group);
  }

  close(): this {
    this.#network.datagrams.close(this.#socket);
    process.nextTick(() => this.emit("close"));
    return this;
  }
}
