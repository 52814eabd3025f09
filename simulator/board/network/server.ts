// SPDX-License-Identifier: Apache-2.0
/** A program that the firmware connects to: a server on the virtual network. */
import { EventEmitter } from "node:events";
import type { VirtualNetwork } from "./network";
import { VirtualSocket, type VirtualSocketOptions } from "./socket";

interface VirtualServerEvents {
  connection: [socket: VirtualSocket];
  close: [];
}

export class VirtualServer extends EventEmitter<VirtualServerEvents> {
  readonly port: number;
  readonly #close: () => void;

  /** @param port 0: a free one @throws Error when the port is taken */
  constructor(network: VirtualNetwork, port: number, options: VirtualSocketOptions = {}) {
    super();
    this.port = port === 0 ? network.ephemeralPort() : port;
    const close = network.listen("outside", this.port, {
      accept: (end) => {
        network.report(() => this.emit("connection", new VirtualSocket(network, end, options)));
        return true;
      },
    });
    if (!close) throw new Error(`port ${this.port} of the virtual network is taken`);
    this.#close = close;
  }

  /** Accepts no more connections; open ones stay. */
  close(): this {
    this.#close();
    process.nextTick(() => this.emit("close"));
    return this;
  }
}
