// SPDX-License-Identifier: Apache-2.0

/** The contract of the socket classes, on both networks: this computer's, and the virtual one. */
import { connect } from "node:net";
import { VirtualSocket } from "../../../simulator/board/network/socket";
import type { NetworkBoard } from "./network-board";
import { Peer } from "./peer";
import { run, type Script, type ScriptOptions } from "./run";

export interface TestNetwork {
  run(source: string, options?: ScriptOptions): Script;
  /** Connects to a port of the script that runs. */
  connect(port: number): Promise<Peer>;
  /** The virtual network's. */
  readonly board: NetworkBoard | undefined;
  /** Resolves when the script has closed everything. */
  over(script: Script): Promise<void>;
}

export const COMPUTER: TestNetwork = {
  run,
  connect: (port) => Peer.over(connect({ host: "127.0.0.1", port, allowHalfOpen: true })),
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
  readonly connect = (port: number): Promise<Peer> =>
    Peer.over(VirtualSocket.connect(this.board.network, port, { allowHalfOpen: true }));
  /** A script in lock-step does not end by itself. */
  readonly over = (): Promise<void> => this.board.unused();
  get board(): NetworkBoard {
    return this.#script?.board as NetworkBoard;
  }
}

/** A test of what is the same on both networks. */
export function networkTest(name: string, work: (network: TestNetwork) => Promise<void>, timeout?: number): void {
  test(`${name} (this computer's network)`, () => work(COMPUTER), timeout);
  virtualNetworkTest(name, (network) => work(network), timeout);
}

/** A test of the virtual network alone. */
export function virtualNetworkTest(
  name: string,
  work: (network: TestNetwork & { readonly board: NetworkBoard }) => Promise<void>,
  timeout?: number,
): void {
  test(`${name} (virtual network)`, () => work(new OnBoard()), timeout);
}
