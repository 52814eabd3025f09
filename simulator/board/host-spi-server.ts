// SPDX-License-Identifier: Apache-2.0
/**
 * The hardware interface's SPI bus for programs on this computer, as a Unix socket: a host sends `u32` byte count and `u32` clock
 * rate in Hz (0: no time), little-endian, and gets exactly that many bytes back: one transfer, one CS assertion.
 */
import { createServer, type Server, type Socket } from "node:net";
import type { HostSpiBus } from "./channels/host-spi";

const REQUEST = 8;
/** Longest transfer, in bytes. A longer request closes the connection. */
const MAX_TRANSFER = 1_048_576;

export class HostSpiServer {
  readonly #bus: HostSpiBus;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  /** The bus has one master: transfers of all connections run one after the other. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(bus: HostSpiBus) {
    this.#bus = bus;
    this.#server = createServer((socket) => this.#serve(socket));
  }

  listen(path: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(path, resolve);
    });
  }

  close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on("close", () => this.#sockets.delete(socket));
    socket.on("error", () => socket.destroy());
    let bytes = Buffer.alloc(0);
    socket.on("data", (chunk) => {
      bytes = Buffer.concat([bytes, chunk]);
      while (bytes.length >= REQUEST) {
        const count = bytes.readUInt32LE(0);
        const hz = bytes.readUInt32LE(4);
        bytes = bytes.subarray(REQUEST);
        if (count > MAX_TRANSFER) return void socket.destroy();
        this.#enqueue(socket, count, hz);
      }
    });
  }

  #enqueue(socket: Socket, count: number, hz: number): void {
    this.#last = this.#last.then(async () => {
      if (!socket.destroyed) socket.write(await this.#bus.transfer(count, hz));
    });
  }
}
