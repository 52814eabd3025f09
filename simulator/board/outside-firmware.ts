// SPDX-License-Identifier: Apache-2.0
/** A firmware that is started outside, such as in the Moddable SDK's simulator. It runs from its first connection to its last. */
import { EXIT_RESTART, type Launch, type RunEnd } from "./firmware-process";

export class OutsideFirmware {
  #end: (end: RunEnd) => void = () => undefined;

  /** Waits for the firmware. A kill closes the connections: without a board no firmware goes on. */
  readonly launch: Launch = () => {
    const ended = new Promise<RunEnd>((resolve) => (this.#end = resolve));
    return {
      ended,
      pid: undefined,
      watched: false,
      lockStep: false,
      cpuSeconds: () => undefined,
      kill: () => this.gone(),
      suspend: () => undefined,
    };
  };

  /** Called when its last connection has closed: the board restarts and waits for the firmware. */
  gone(): void {
    this.#end({ code: EXIT_RESTART, signal: null });
  }
}
