// SPDX-License-Identifier: Apache-2.0

/** A UDP socket beside the script's. It ends with the test. */
import type { Socket } from "node:dgram";
import type { VirtualDatagramSocket } from "../../../simulator/board/network/datagram-socket";

export const LOOPBACK = "127.0.0.1";

export class DatagramPeer {
  /** Datagrams received, as text. */
  readonly received: string[] = [];
  readonly #socket: Socket | VirtualDatagramSocket;

  /** @param socket bound @param join joins a multicast group */
  constructor(
    socket: Socket | VirtualDatagramSocket,
    readonly join: (group: string) => void,
  ) {
    this.#socket = socket;
    socket.on("message", (bytes: Buffer) => this.received.push(bytes.toString()));
    peers.add(this);
  }
  get port(): number {
    return this.#socket.address().port;
  }
  send(text: string, port: number, address: string): void {
    this.#socket.send(text, port, address);
  }
  close(): void {
    this.#socket.close();
  }
}

const peers = new Set<DatagramPeer>();

afterEach(() => {
  for (const peer of peers) peer.close();
  peers.clear();
});
