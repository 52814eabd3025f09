// SPDX-License-Identifier: Apache-2.0
import type { LedPattern } from "drivers/led/led";
import { Emitter, type Observable } from "modules/events/emitter";
import type { Log } from "modules/log/log";
import { derive, initialFacts, meaning, type Facts, type LedState } from "./facts";
import type { FaultEvents } from "./faults";
import { patternOf } from "./patterns";

export type { Facts, LedState } from "./facts";

export interface StatusOptions {
  led: { play(pattern: LedPattern): void };
  log: Log;
  faults: Observable<FaultEvents>;
  interface: Facts["interface"];
}

/** Presses of the button, by their meaning at that moment. */
export interface StatusEvents {
  /** A long press: WiFi goes back to its defaults. */
  resetWifi: [];
  /** A short press during an update. */
  updateButton: [];
}

/** The events that the status shows. */
export type NetworkFacts = Observable<{ joined: [joined: boolean]; resetting: [resetting: boolean] }>;
export type ClientFacts = Observable<{ clients: [count: number] }>;
export type UpdateFacts = Observable<{ stage: [stage: Facts["update"]] }>;

/**
 * The camera's state for the person at it. Watches the other parts; the LED's pattern and the button's action are
 * derived from the facts after every change.
 */
export class Status extends Emitter<StatusEvents> {
  private readonly options: StatusOptions;
  private known: Facts;
  private shown: LedState | undefined;

  constructor(options: StatusOptions) {
    super();
    this.options = options;
    this.known = initialFacts(options.interface);
    options.faults.on("changed", (faults) => this.change({ faults }));
    this.show();
  }

  get state(): LedState {
    return derive(this.known);
  }

  get facts(): Readonly<Facts> {
    return this.known;
  }

  watch(network: NetworkFacts, clients: ClientFacts, update: UpdateFacts): void {
    network.on("joined", (joined) => this.set({ joined }));
    network.on("resetting", (resetting) => this.set({ resetting }));
    clients.on("clients", (count) => this.set({ clients: count }));
    update.on("stage", (stage) => this.set({ update: stage }));
  }

  /** Changes some facts. */
  set(change: Partial<Omit<Facts, "faults" | "interface">>): void {
    this.change(change);
  }

  /** Reports a button press by what it means now. */
  press(press: "short" | "long"): void {
    const action = meaning(this.known, press);
    this.options.log.info(`button: ${press} press, ${action}`);
    switch (action) {
      case "reset-wifi":
        return this.emit("resetWifi");
      case "approve-update":
      case "abort-update":
        return this.emit("updateButton");
      case "none":
    }
  }

  private change(change: Partial<Facts>): void {
    this.known = { ...this.known, ...change };
    this.show();
  }

  private show(): void {
    const state = derive(this.known);
    if (state === this.shown) return;
    this.shown = state;
    this.options.log.debug(`LED: ${typeof state === "number" ? `${state} blinks` : state}`);
    this.options.led.play(patternOf(state));
  }
}
