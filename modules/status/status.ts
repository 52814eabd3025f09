// SPDX-License-Identifier: Apache-2.0
import type { LedPattern } from "drivers/led/led";
import type { Log } from "modules/log/log";
import { Fault, faultName, type FaultSink } from "modules/status/fault";
import { derive, initialFacts, meaning, type Facts, type LedState } from "./facts";
import { patternOf } from "./patterns";

export { Fault, type FaultSink } from "modules/status/fault";
export type { Facts, LedState } from "./facts";

export interface StatusOptions {
  led: { play(pattern: LedPattern): void };
  log: Log;
  interface: Facts["interface"];
  /** Called on a long press. */
  onResetWifi(): void;
  onApproveUpdate(): void;
  onAbortUpdate(): void;
}

/** The camera's reaction to a fault, for the log. */
const REMEDY: { readonly [fault in Fault]: string } = Object.freeze(
  {
    [Fault.Peripheral]: "what does not need it goes on; restart the camera to try again",
    [Fault.Storage]: "going on with settings in memory; the button's WiFi reset stays available",
    [Fault.Memory]: "no images; commands are answered; restart the camera to try again",
    [Fault.CCI]: "commands are answered without the sensor; it is tried again for ever",
    [Fault.VoSPI]: "no images; commands are answered; the port is tried again for ever",
    [Fault.Network]: "the failed part is set up again for ever",
    [Fault.Sync]: "the sensor is resynchronised, and reset when that does not help",
    [Fault.Update]: "the running firmware stays; request the update again",
  },
  true,
);

/**
 * The camera's state for the person at it. Other parts report facts; the LED's pattern and the button's action are
 * derived from the facts after every change.
 */
export class Status implements FaultSink {
  readonly #options: StatusOptions;
  #facts: Facts;
  #state: LedState | undefined;
  /** The reasons for each fault, by owner: a fault is gone when its last owner clears it. */
  readonly #causes = new Map<Fault, Map<string, string>>();

  constructor(options: StatusOptions) {
    this.#options = options;
    this.#facts = initialFacts(options.interface);
    this.#show();
  }

  get state(): LedState {
    return derive(this.#facts);
  }

  get facts(): Readonly<Facts> {
    return this.#facts;
  }

  /** Changes some facts. */
  set(change: Partial<Omit<Facts, "faults" | "interface">>): void {
    this.#facts = { ...this.#facts, ...change };
    this.#show();
  }

  /**
   * Creates the fault sink of one part. Only this part can clear them, even if another part has raised the same one.
   */
  sink(owner: string): FaultSink {
    return {
      raise: (fault, reason) => this.#raise(fault, owner, reason),
      clear: (fault) => this.#clear(fault, owner),
    };
  }

  raise(fault: Fault, reason: string): void {
    this.#raise(fault, "", reason);
  }

  clear(fault: Fault): void {
    this.#clear(fault, "");
  }

  /** Handles a button press: performs the action it has now. */
  press(press: "short" | "long"): void {
    const action = meaning(this.#facts, press);
    this.#options.log.info(`button: ${press} press, ${action}`);
    switch (action) {
      case "reset-wifi":
        return this.#options.onResetWifi();
      case "approve-update":
        return this.#options.onApproveUpdate();
      case "abort-update":
        return this.#options.onAbortUpdate();
      case "none":
    }
  }

  #raise(fault: Fault, owner: string, reason: string): void {
    let causes = this.#causes.get(fault);
    if (!causes) this.#causes.set(fault, (causes = new Map<string, string>()));
    if (causes.get(owner) === reason) return;
    causes.set(owner, reason);
    this.#options.log.error(`fault ${fault} (${faultName(fault)}): ${reason}; ${REMEDY[fault]}`);
    this.#faultsChanged();
  }

  #clear(fault: Fault, owner: string): void {
    const causes = this.#causes.get(fault);
    if (!causes?.delete(owner) || causes.size > 0) return;
    this.#causes.delete(fault);
    this.#options.log.info(`fault ${fault} (${faultName(fault)}) is gone`);
    this.#faultsChanged();
  }

  #faultsChanged(): void {
    this.#facts = { ...this.#facts, faults: new Set(this.#causes.keys()) };
    this.#show();
  }

  #show(): void {
    const state = derive(this.#facts);
    if (state === this.#state) return;
    this.#state = state;
    this.#options.log.debug(`LED: ${typeof state === "number" ? `${state} blinks` : state}`);
    this.#options.led.play(patternOf(state));
  }
}
