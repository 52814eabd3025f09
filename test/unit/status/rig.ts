// SPDX-License-Identifier: Apache-2.0
import { Status, type Facts } from "modules/status/status";
import { patternOf } from "modules/status/patterns";
import type { LedPattern } from "drivers/led/led";
import { Fault, type FaultSink } from "modules/status/fault";
import { Faults } from "modules/status/faults";
import type { LedState } from "modules/status/facts";
import { recordingLog } from "../fakes/log";

export const FAULTS = Object.values(Fault).filter((fault): fault is Fault => typeof fault === "number");

export interface StatusRig {
  status: Status;
  /** The faults of one part. */
  faults: FaultSink;
  /** Faults by part. */
  allFaults: Faults;
  /** Actions the button asked for. */
  actions: string[];
  lines: string[];
  /** The pattern that the LED plays. */
  shown(): LedState | undefined;
}

const STATES: readonly LedState[] = [
  "starting",
  "disconnected",
  "connected",
  "ready",
  "wifi-reset",
  "update-requested",
  "updating",
  ...FAULTS,
];

export function statusRig(interfaceInUse: Facts["interface"] = "wifi"): StatusRig {
  const actions: string[] = [];
  const { log, lines } = recordingLog();
  let pattern: LedPattern | undefined;
  const allFaults = new Faults(log);
  const status = new Status({
    led: { play: (next) => (pattern = next) },
    log,
    faults: allFaults,
    interface: interfaceInUse,
  });
  status.on("resetWifi", () => actions.push("reset"));
  status.on("updateButton", () => actions.push("update"));
  return {
    status,
    faults: allFaults.sink("a part"),
    allFaults,
    actions,
    lines,
    shown: () => STATES.find((state) => patternOf(state) === pattern),
  };
}

/** What a person is promised, written down a second time: the readme's rows, the first that fits. */
export function promised(facts: Facts): LedState {
  const severity: Fault[] = [1, 3, 2, 6, 4, 5, 7, 8];
  const rows: [boolean, LedState][] = [
    [facts.resetting, "wifi-reset"],
    [facts.update === "requested", "update-requested"],
    [facts.update === "running", "updating"],
    ...severity.map((fault): [boolean, LedState] => [facts.faults.has(fault), fault]),
    [facts.starting, "starting"],
    [facts.interface === "hardware", "ready"],
    [facts.joined && facts.clients > 0, "ready"],
    [facts.joined, "connected"],
    [true, "disconnected"],
  ];
  const row = rows.find(([fits]) => fits);
  if (!row) throw new Error("no row fits");
  return row[1];
}
