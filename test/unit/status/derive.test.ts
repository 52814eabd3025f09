// SPDX-License-Identifier: Apache-2.0
import { derive, meaning, SEVERITY, worst, type Facts } from "modules/status/facts";
import type { Fault } from "modules/status/fault";
import { FAULTS, promised } from "./rig";

/** Every combination there is: 36,864. */
function* everything(): Generator<Facts> {
  for (const starting of [true, false])
    for (const interfaceInUse of ["wifi", "hardware"] as const)
      for (const joined of [true, false])
        for (const clients of [0, 1, 4])
          for (const resetting of [true, false])
            for (const update of ["none", "requested", "running"] as const)
              for (let set = 0; set < 256; set++)
                yield {
                  starting,
                  interface: interfaceInUse,
                  joined,
                  clients,
                  resetting,
                  update,
                  faults: new Set(FAULTS.filter((fault) => set & (1 << (fault - 1)))),
                };
}

test("every combination of facts shows its row", () => {
  for (const facts of everything()) {
    // Comparing first: an assertion for each of so many would take most of the time.
    if (derive(facts) !== promised(facts))
      expect({ facts, shows: derive(facts) }).toEqual({ facts, shows: promised(facts) });
  }
});

test("the severity order has every fault once", () => {
  expect([...SEVERITY].sort()).toEqual([...FAULTS].sort());
});

test("of several faults the most severe is shown, then the next one", () => {
  const faults = new Set(FAULTS);
  const order: Fault[] = [];
  for (let fault = worst(faults); fault !== undefined; fault = worst(faults)) {
    order.push(fault);
    faults.delete(fault);
  }
  expect(order).toEqual([1, 3, 2, 6, 4, 5, 7, 8]);
});

test("a long press resets WiFi under every fault and none, while starting and after, and never during an update or on the hardware interface", () => {
  for (const facts of everything()) {
    const allowed = facts.interface === "wifi" && facts.update === "none" && !facts.resetting;
    if (meaning(facts, "long") !== (allowed ? "reset-wifi" : "none")) expect(facts).toBe(allowed);
  }
});

test("a short press acts on the update only: it approves a requested one and aborts a running one", () => {
  for (const facts of everything()) {
    const expected = facts.resetting
      ? "none"
      : { none: "none", requested: "approve-update", running: "abort-update" }[facts.update];
    if (meaning(facts, "short") !== expected) expect(facts).toBe(expected);
  }
});

test("the LED always shows what the button does", () => {
  for (const facts of everything()) {
    const action = meaning(facts, "short");
    if (action === "approve-update" && derive(facts) !== "update-requested") expect(facts).toBe(action);
    if (action === "abort-update" && derive(facts) !== "updating") expect(facts).toBe(action);
  }
});
