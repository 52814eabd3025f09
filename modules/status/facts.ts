// SPDX-License-Identifier: Apache-2.0
import { Fault } from "modules/status/fault";

/** The current state, as far as LED and button need it. Each part reports its own facts; no history is kept. */
export interface Facts {
  /** The camera is still starting. */
  starting: boolean;
  /** The interface in use: WiFi, or the hardware interface (mode input low at start). */
  interface: "wifi" | "hardware";
  /** Access point: a station has joined. Station: joined, with an address. */
  joined: boolean;
  /** Sessions on the command socket and over WebSockets. */
  clients: number;
  /** True from the long press until the network runs with the default settings. */
  resetting: boolean;
  update: "none" | "requested" | "running";
  faults: ReadonlySet<Fault>;
}

/** The facts at start. */
export const initialFacts = (interfaceInUse: Facts["interface"]): Facts => ({
  starting: true,
  interface: interfaceInUse,
  joined: false,
  clients: 0,
  resetting: false,
  update: "none",
  faults: new Set(),
});

/** State of the LED: a row of the readme's tables. */
export type LedState =
  "starting" | "disconnected" | "connected" | "ready" | "wifi-reset" | "update-requested" | "updating" | Fault;

/**
 * Faults, the most severe first: the order follows how much of the camera still works. Without peripherals, memory or
 * storage all other parts are unreliable; without the network clients cannot reach the camera; without the CCI the
 * sensor cannot be set up, which explains missing or unsynchronised images; a failed update leaves a working camera.
 */
export const SEVERITY: readonly Fault[] = Object.freeze(
  [Fault.Peripheral, Fault.Memory, Fault.Storage, Fault.Network, Fault.CCI, Fault.VoSPI, Fault.Sync, Fault.Update],
  true,
);

/** The most severe of the faults, or undefined if there are no faults. */
export const worst = (faults: ReadonlySet<Fault>): Fault | undefined => SEVERITY.find((fault) => faults.has(fault));

/**
 * The state that the LED shows. The button's current action comes first, because a person acts on it: a WiFi reset,
 * then an update that waits for the button or can be ended by it. Then faults, then the start, then the connection.
 */
export const derive = (facts: Facts): LedState => {
  if (facts.resetting) return "wifi-reset";
  if (facts.update === "requested") return "update-requested";
  if (facts.update === "running") return "updating";
  const fault = worst(facts.faults);
  if (fault !== undefined) return fault;
  if (facts.starting) return "starting";
  if (facts.interface === "hardware") return "ready";
  if (!facts.joined) return "disconnected";
  return facts.clients > 0 ? "ready" : "connected";
};

export type ButtonAction = "none" | "reset-wifi" | "approve-update" | "abort-update";

/**
 * The action of a button press. A long press resets WiFi at any time and under any fault, except during an update,
 * where it is probably a mistake; over the hardware interface there is no WiFi to reset. A short press acts only during
 * an update.
 */
export const meaning = (facts: Facts, press: "short" | "long"): ButtonAction => {
  if (facts.resetting) return "none";
  if (press === "long") return facts.update === "none" && facts.interface === "wifi" ? "reset-wifi" : "none";
  switch (facts.update) {
    case "requested":
      return "approve-update";
    case "running":
      return "abort-update";
    case "none":
      return "none";
  }
};
