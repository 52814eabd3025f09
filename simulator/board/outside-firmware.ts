// SPDX-License-Identifier: Apache-2.0
/** A firmware that somebody else starts and ends, such as the Moddable SDK's simulator: it is there from its first connection to its last. */
import { EXIT_RESTART, type Launch, type RunEnd } from "./firmware-process";

export class OutsideFirmware {
  #end: (end: RunEnd) => void = () => undefined;

  /** The board is ready for it. The board's end of the connections is all there is to a kill: without a board no firmware goes on. */
  readonly launch: Launch = () => {
    const ended = new Promise<RunEnd>((resolve) => (this.#end = resolve));
    return {
      ended,
      pid: undefined,
      watched: false,
      kill: () => this.gone(),
      suspend: () => undefined,
    };
  };

  /** The last of its connections is closed: the board starts anew, and waits for it. */
  gone(): void {
    this.#end({ code: EXIT_RESTART, signal: null });
  }
}
