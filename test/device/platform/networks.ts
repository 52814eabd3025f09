// SPDX-License-Identifier: Apache-2.0

/** The contract of the socket classes, on both networks: this computer's, and the virtual one. */
import { createSocket } from "node:dgram";
import { connect } from "node:net";
import { VirtualDatagramSocket } from "../../../simulator/board/network/datagram-socket";
import { VirtualSocket } from "../../../simulator/board/network/socket";
import type { NetworkBoard } from "./network-board";
import { DatagramPeer, LOOPBACK } from "./datagram-peer";
import { Peer } from "./peer";
import { run, type Script, type ScriptOptions } from "./run";

export interface TestNetwork {
  run(source: string, options?: ScriptOptions): Script;
  /** Connects to a port of the script that runs. */
  connect(port: number): Promise<Peer>;
  /** A UDP socket beside the script that runs. */
  udp(): Promise<DatagramPeer>;
  /** The virtual network's. */
  readonly board: NetworkBoard | undefined;
  /** Resolves when the script has closed everything. */
  over(script: Script): Promise<void>;
}

export const COMPUTER: TestNetwork = {
  run,
  connect: (port) => Peer.over(connect({ host: LOOPBACK, port, allowHalfOpen: true })),
  udp: async () => {
    const socket = createSocket({ type: "udp4", reuseAddr: true });
    await new Promise<void>((resolve) => socket.bind(0, resolve));
    socket.setMulticastInterface(LOOPBACK);
    socket.setMulticastLoopback(true);
    return new DatagramPeer(socket, (group) => socket.addMembership(group, LOOPBACK));
  },
  board: undefined,
  over: async (script) => expect(await script.ended).toBe(0),
};

/** Methods are properties, so that a test can take them out of it. */
class OnBoard implements TestNetwork {
  #script: Script | undefined;

  readonly run = (source: string, options: ScriptOptions = {}): Script => {
    this.#script = run(source, { ...options, onBoard: true });
    return this.#script;
  };
  readonly udp = async (): Promise<DatagramPeer> => {
    const socket = new VirtualDatagramSocket(this.board.network, { address: LOOPBACK, port: 0 });
    return new DatagramPeer(socket, (group) => socket.addMembership(group));
  };
  readonly connect = (port: number): Promise<Peer> =>
    Peer.over(VirtualSocket.connect(this.board.network, port, { allowHalfOpen: true }));
  /** A script in lock-step does not end by itself. */
  readonly over = (): Promise<void> => this.board.unused();
  get board(): NetworkBoard {
    return this.#script?.board as NetworkBoard;
  }
}

/** A test of what is the same on both networks. */
export function networkTest(name: string, work: (network: TestNetwork) => Promise<void>): void {
  test(`${name} (this computer's network)`, () => work(COMPUTER));
  virtualNetworkTest(name, (network) => work(network));
}

/** A test of the virtual network alone. */
export function virtualNetworkTest(
  name: string,
  work: (network: TestNetwork & { readonly board: NetworkBoard }) => Promise<void>,
): void {
  test(`${name} (virtual network)`, () => work(new OnBoard()));
}
