// SPDX-License-Identifier: Apache-2.0

/** A board with nothing but a network. Its time passes as fast as possible. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { tcpListenerOpener, tcpOpener } from "../../../simulator/board/channels/tcp";
import { udpOpener } from "../../../simulator/board/channels/udp";
import { BoardLink, type Opener } from "../../../simulator/board/link";
import { VirtualNetwork } from "../../../simulator/board/network/network";
import { PacedClock, Pacer } from "../../../simulator/board/pacer";
import { seededRandom } from "../../../simulator/lepton";

export class NetworkBoard {
  readonly network: VirtualNetwork;
  /** What the script did wrong on the board link. */
  readonly faults: string[] = [];
  readonly #folder = mkdtempSync(join(tmpdir(), "tcam-network-"));
  readonly #pacer = new Pacer(new PacedClock(), "max");
  readonly #link: BoardLink;
  /** The script's listeners, connections and sockets. */
  #open = 0;
  #onUnused: () => void = () => undefined;

  /** @param print called with each line the script prints */
  constructor(print: (line: string) => void) {
    const { clock, firmware } = this.#pacer;
    this.network = new VirtualNetwork(this.#pacer, seededRandom(1));
    const announced = new Map();
    this.#link = new BoardLink(
      new Map([
        ["tcp-listener", this.#counted(tcpListenerOpener(this.network, announced))],
        ["tcp", this.#counted(tcpOpener(this.network, announced))],
        ["udp", this.#counted(udpOpener(this.network))],
      ]),
      firmware,
      () => clock.now(),
      () => 1,
    );
    this.#link.lockStepAnswer = { network: "virtual" };
    this.#link.onTraffic = () => this.#pacer.sync();
    this.#link.onFault = (text) => this.faults.push(text);
    this.#link.onPrint = (line) => {
      print(line);
      this.#pacer.react();
    };
    void this.#link.listen(this.path);
    firmware.started({ lockStep: true, cpuSeconds: () => undefined });
    this.#pacer.start();
  }

  get path(): string {
    return join(this.#folder, "board");
  }
  /** Board time in milliseconds. */
  get now(): number {
    return this.#pacer.clock.now() / 1000;
  }

  /** Resolves when nothing of the script is open. */
  unused(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#open === 0) resolve();
      else this.#onUnused = resolve;
    });
  }

  /** The script's process has ended. */
  async stop(): Promise<void> {
    this.#pacer.firmware.ended();
    this.#pacer.stop();
    await this.#link.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #counted(opener: Opener): Opener {
    return (request, connection) => {
      const channel = opener(request, connection);
      const close = channel.onClose.bind(channel);
      this.#open += 1;
      return Object.assign(channel, {
        onClose: () => {
          close();
          this.#open -= 1;
          if (this.#open === 0) this.#onUnused();
        },
      });
    };
  }
}
