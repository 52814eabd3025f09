// SPDX-License-Identifier: Apache-2.0

/** The other end of a TCP connection. It reads only on request. */
import type { Socket } from "node:net";
import type { VirtualSocket } from "../../../simulator/board/network/socket";

export class Peer {
  readonly #socket: Socket | VirtualSocket;
  readonly #ended: Promise<string>;
  #reset = "";

  private constructor(socket: Socket | VirtualSocket) {
    this.#socket = socket;
    socket.on("error", (error: NodeJS.ErrnoException) => (this.#reset = error.code ?? "error"));
    this.#ended = new Promise((resolve) => socket.on("close", () => resolve(this.#reset || "end")));
  }
  /** @param socket about to be connected, and half-open. Rejects when it cannot be */
  static async over(socket: Socket | VirtualSocket): Promise<Peer> {
    socket.pause();
    const peer = new Peer(socket);
    await new Promise<void>((resolve, reject) => {
      socket.once("connect", resolve);
      socket.once("error", reject);
    });
    return peer;
  }
  write(bytes: string | Uint8Array): void {
    this.#socket.write(bytes);
  }
  /** Bytes that the connection has not taken yet. */
  get unsent(): number {
    return this.#socket.writableLength;
  }
  /** Shuts down the sending side. Resolves when done: reset() works after that. */
  end(): Promise<void> {
    return new Promise((resolve) => this.#socket.end(() => resolve()));
  }
  /** On the virtual network: false while nothing arrives in either direction. */
  set reachable(reachable: boolean) {
    (this.#socket as VirtualSocket).reachable = reachable;
  }
  reset(): void {
    this.#socket.resetAndDestroy();
  }
  /** Reads exactly `count` bytes. */
  async read(count: number): Promise<Buffer> {
    const parts: Buffer[] = [];
    let length = 0;
    while (length < count) {
      const part = this.#socket.read(Math.min(count - length, this.#socket.readableLength || count)) as Buffer | null;
      if (part) {
        parts.push(part);
        length += part.length;
      } else if (this.#socket.readableEnded || this.#socket.destroyed)
        throw new Error(`ended after ${length} of ${count} bytes`);
      else await new Promise<void>((resolve) => this.#socket.once("readable", resolve).once("close", () => resolve()));
    }
    return Buffer.concat(parts);
  }
  /** Reads to the end. @returns how it ended ("end" or an error code), and the number of bytes */
  async drain(): Promise<{ end: string; bytes: Buffer }> {
    const parts: Buffer[] = [];
    this.#socket.on("data", (part: Buffer) => parts.push(part));
    this.#socket.on("end", () => this.#socket.end());
    this.#socket.resume();
    return { end: await this.#ended, bytes: Buffer.concat(parts) };
  }
  close(): void {
    this.#socket.destroy();
  }
}
