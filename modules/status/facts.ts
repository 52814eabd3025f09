// SPDX-License-Identifier: Apache-2.0
import { Fault } from "modules/status/fault";

/** What is true now, as far as the LED and the button are concerned. Whoever knows a fact tells it; nothing else is remembered. */
export interface Facts {
  /** The camera is still setting itself up. */
  starting: boolean;
  /** How it is commanded: over WiFi, or over the hardware interface (mode input low at start). */
  interface: "wifi" | "hardware";
  /** Access point: a station has joined. Station: joined, with an address. */
  linked: boolean;
  /** Sessions on the command socket. */
  clients: number;
  /** From the long press until the network runs with the default settings. */
  resetting: boolean;
  update: "none" | "requested" | "running";
  faults: ReadonlySet<Fault>;
}

/** What is true when the camera starts. */
export function initialFacts(interfaceInUse: Facts["interface"]): Facts {
  return {
    starting: true,
    interface: interfaceInUse,
    linked: false,
    clients: 0,
    resetting: false,
    update: "none",
    faults: new Set(),
  };
}

/** What the LED shows: a row of the readme's tables. */
export type LedState =
  "starting" | "disconnected" | "connected" | "ready" | "wifi-reset" | "update-requested" | "updating" | Fault;

/**
 * Faults, the most severe first: what leaves least of the camera comes before what leaves more.
 * Without peripherals, memory or storage nothing above them can be trusted; without the network nobody can reach the camera;
 * without the CCI the sensor cannot be set up, which explains missing or unsynchronised images; a failed update leaves a camera
 * that works.
 */
export const SEVERITY: readonly Fault[] = Object.freeze(
  [Fault.Peripheral, Fault.Memory, Fault.Storage, Fault.Network, Fault.CCI, Fault.VoSPI, Fault.Sync, Fault.Update],
  true,
);

/** The most severe of the faults, or undefined when there is none. */
export function worst(faults: ReadonlySet<Fault>): Fault | undefined {
  return SEVERITY.find((fault) => faults.has(fault));
}

/**
 * The state the LED shows. What the button now does comes before everything else, because a person acts on it:
 * a WiFi reset, then an update that waits for the button or may be ended by it. Then faults, then the start, then the connection.
 */
export function derive(facts: Facts): LedState {
  if (facts.resetting) return "wifi-reset";
  if (facts.update === "requested") return "update-requested";
  if (facts.update === "running") return "updating";
  const fault = worst(facts.faults);
  if (fault !== undefined) return fault;
  if (facts.starting) return "starting";
  if (facts.interface === "hardware") return "ready";
  if (!facts.linked) return "disconnected";
  return facts.clients > 0 ? "ready" : "connected";
}

export type ButtonAction = "none" | "reset-wifi" | "approve-update" | "abort-update";

/**
 * What a press means now. A long press resets WiFi under any fault and at any time but during an update, where it could only be
 * a slip; over the hardware interface there is no WiFi to reset. A short press means something during an update only.
 */
export function meaning(facts: Facts, press: "short" | "long"): ButtonAction {
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
}
