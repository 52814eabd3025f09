// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { Emitter } from "modules/events/emitter";
import { Fault } from "modules/status/fault";
import { FAULTS, promised, statusRig, type StatusRig } from "./rig";

type Event = [name: string, happen: (rig: StatusRig) => void];

const EVENTS: readonly Event[] = [
  ["started", ({ status }) => status.set({ starting: false })],
  ["joined a network", ({ status }) => status.set({ joined: true })],
  ["left the network", ({ status }) => status.set({ joined: false })],
  ["client", ({ status }) => status.set({ clients: 1 })],
  ["four clients", ({ status }) => status.set({ clients: 4 })],
  ["no client", ({ status }) => status.set({ clients: 0 })],
  ["reset begins", ({ status }) => status.set({ resetting: true })],
  ["reset ends", ({ status }) => status.set({ resetting: false })],
  ["update requested", ({ status }) => status.set({ update: "requested" })],
  ["update approved", ({ status }) => status.set({ update: "running" })],
  ["update over", ({ status }) => status.set({ update: "none" })],
  ...FAULTS.flatMap((fault): Event[] => [
    [`fault ${fault}`, ({ faults }) => faults.raise(fault, "a reason")],
    [`fault ${fault} gone`, ({ faults }) => faults.clear(fault)],
  ]),
];

/** All causes gone: what is left is the truth about the connection. */
function recover({ status, faults }: StatusRig): void {
  status.set({ starting: false, resetting: false, update: "none" });
  for (const fault of FAULTS) faults.clear(fault);
}

const pairs = EVENTS.flatMap((first) => EVENTS.map((second) => [first, second] as const));
const independent = (a: string, b: string): boolean => {
  const subject = (name: string): string =>
    [
      "link",
      "client",
      "reset",
      "update",
      "fault 1",
      "fault 2",
      "fault 3",
      "fault 4",
      "fault 5",
      "fault 6",
      "fault 7",
      "fault 8",
    ].find((word) => name.includes(word)) ?? name;
  return subject(a) !== subject(b);
};

describe.each(["wifi", "hardware"] as const)("on the %s interface", (interfaceInUse) => {
  test.each(EVENTS)(
    "%s: the LED shows the current state before and after, from every state reachable by one event",
    (_name, happen) => {
      for (const [, before] of EVENTS) {
        const rig = statusRig(interfaceInUse);
        const { status, shown } = rig;
        before(rig);
        expect(shown()).toBe(promised(status.facts));
        happen(rig);
        expect(shown()).toBe(promised(status.facts));
      }
    },
  );

  test("every pair of events, in both orders, from a started and a starting camera: no state remains", () => {
    for (const starting of [true, false]) {
      for (const [[, first], [, second]] of pairs) {
        const rig = statusRig(interfaceInUse);
        const { status, shown } = rig;
        status.set({ starting });
        first(rig);
        second(rig);
        expect(shown()).toBe(promised(status.facts));
        recover(rig);
        const { joined, clients } = status.facts;
        const truth =
          interfaceInUse === "hardware" || (joined && clients) ? "ready" : joined ? "connected" : "disconnected";
        expect(shown()).toBe(truth);
      }
    }
  });

  test("the order of two independent events does not matter", () => {
    for (const [[firstName, first], [secondName, second]] of pairs) {
      if (!independent(firstName, secondName)) continue;
      const one = statusRig(interfaceInUse);
      first(one);
      second(one);
      const other = statusRig(interfaceInUse);
      second(other);
      first(other);
      expect(one.shown()).toBe(other.shown());
    }
  });
});

test("after any sequence of events and presses the LED shows the current state", () => {
  const step = fc.oneof(fc.constantFrom(...EVENTS), fc.constantFrom<"short" | "long">("short", "long"));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const rig = statusRig();
      const { status, shown } = rig;
      for (const next of steps) {
        if (typeof next === "string") status.press(next);
        else next[1](rig);
        expect(shown()).toBe(promised(status.facts));
      }
      recover(rig);
      expect(shown()).toBe(promised(status.facts));
      expect(typeof shown()).toBe("string");
    }),
    { numRuns: 500 },
  );
});

describe("defects of the original firmware", () => {
  test("a client that leaves during an update leaves no update behind on the LED or the button (D3)", () => {
    for (const update of ["requested", "running"] as const) {
      const { status, shown, actions } = statusRig();
      status.set({ starting: false, joined: true, clients: 1 });
      status.set({ update });
      status.set({ update });
      status.set({ clients: 0, update: "none" });
      expect(shown()).toBe("connected");
      status.press("short");
      status.press("long");
      expect(actions).toEqual(["reset"]);
    }
  });

  test("a second update request does not become the state to return to (D3)", () => {
    const { status, shown } = statusRig();
    status.set({ starting: false, joined: true, clients: 1, update: "requested" });
    status.set({ update: "requested" });
    status.set({ update: "none" });
    expect(shown()).toBe("ready");
  });

  test("a failed reset shows a fault that has a number (D5)", () => {
    const { status, faults, shown } = statusRig();
    status.set({ starting: false, resetting: true });
    faults.raise(Fault.Storage, "the WiFi reset could not be stored");
    status.set({ resetting: false });
    expect(shown()).toBe(Fault.Storage);
  });

  test("fault 4 ends when the part answers (D7a)", () => {
    const { status, faults, shown } = statusRig();
    status.set({ starting: false, joined: true });
    faults.raise(Fault.CCI, "no answer at 0x2A");
    expect(shown()).toBe(Fault.CCI);
    faults.clear(Fault.CCI);
    expect(shown()).toBe("connected");
  });

  test("clearing a fault that is not there changes nothing (D7b)", () => {
    const { status, faults, shown, lines } = statusRig();
    status.set({ starting: false, joined: true, clients: 1 });
    const before = lines.length;
    for (const fault of FAULTS) faults.clear(fault);
    expect(shown()).toBe("ready");
    expect(lines).toHaveLength(before);
  });

  test("clearing a fault from the start does not show the start again (D7c)", () => {
    const { status, faults, shown } = statusRig();
    faults.raise(Fault.Sync, "no frame");
    status.set({ starting: false });
    faults.clear(Fault.Sync);
    expect(shown()).toBe("disconnected");
  });

  test("of two faults each is shown and cleared (D7d)", () => {
    const { status, faults, shown } = statusRig();
    status.set({ starting: false, joined: true });
    faults.raise(Fault.Sync, "no frame");
    faults.raise(Fault.CCI, "no answer");
    expect(shown()).toBe(Fault.CCI);
    faults.clear(Fault.CCI);
    expect(shown()).toBe(Fault.Sync);
    faults.clear(Fault.Sync);
    expect(shown()).toBe("connected");
  });

  test("recovery from fault 7 leaves other faults alone (D7)", () => {
    const { status, faults, shown } = statusRig();
    status.set({ starting: false });
    faults.raise(Fault.Network, "port in use");
    faults.raise(Fault.Sync, "no frame");
    faults.clear(Fault.Sync);
    expect(shown()).toBe(Fault.Network);
  });

  test("clearing a fault does not restart a WiFi reset (D7e)", () => {
    const { status, faults, shown, actions } = statusRig();
    status.set({ starting: false });
    status.press("long");
    status.set({ resetting: true });
    faults.raise(Fault.Sync, "no frame");
    status.set({ resetting: false });
    faults.clear(Fault.Sync);
    expect(shown()).toBe("disconnected");
    expect(actions).toEqual(["reset"]);
  });
});

test("the watched parts report the facts", () => {
  class Parts extends Emitter<{ joined: [boolean]; resetting: [boolean]; clients: [number]; stage: ["requested"] }> {
    report(): void {
      this.emit("joined", true);
      this.emit("resetting", true);
      this.emit("clients", 2);
      this.emit("stage", "requested");
    }
  }
  const { status } = statusRig();
  const parts = new Parts();
  status.watch(parts, parts, parts);
  parts.report();
  expect(status.facts).toMatchObject({ joined: true, resetting: true, clients: 2, update: "requested" });
});

describe("the log", () => {
  test("has one line with the failure and the reaction, and one at its end", () => {
    const { faults, lines } = statusRig();
    faults.raise(Fault.CCI, "no answer at 0x2A");
    faults.raise(Fault.CCI, "no answer at 0x2A");
    faults.clear(Fault.CCI);
    faults.clear(Fault.CCI);
    const logged = lines.filter((line) => line.includes("fault"));
    expect(logged).toEqual([
      expect.stringMatching(/^E .*fault 4 \(CCI\): no answer at 0x2A; commands are answered without the sensor/),
      expect.stringMatching(/^I .*fault 4 \(CCI\) cleared/),
    ]);
  });

  test("has no line about the LED if its pattern does not change", () => {
    const { status, lines } = statusRig();
    status.set({ starting: false, joined: true, clients: 1 });
    const before = lines.length;
    status.set({ clients: 2 });
    expect(lines).toHaveLength(before);
    status.set({ clients: 0 });
    expect(lines).toHaveLength(before + 1);
  });

  test("has a line for another reason of the same fault", () => {
    const { faults, lines } = statusRig();
    faults.raise(Fault.CCI, "no answer");
    faults.raise(Fault.CCI, "gain mode refused");
    expect(lines.filter((line) => line.startsWith("E"))).toHaveLength(2);
  });
});

describe("a fault that two parts raise", () => {
  test("lasts until both clear it", () => {
    const { status, allFaults, shown } = statusRig();
    status.set({ starting: false });
    const network = allFaults.sink("network");
    const settings = allFaults.sink("settings");
    network.raise(Fault.Storage, "no radio");
    settings.raise(Fault.Storage, "no NVS");
    network.clear(Fault.Storage);
    expect(shown()).toBe(Fault.Storage);
    settings.clear(Fault.Storage);
    expect(shown()).toBe("disconnected");
  });

  test("is not cleared by a part that never raised it", () => {
    const { allFaults, shown } = statusRig();
    allFaults.sink("settings").raise(Fault.Storage, "no NVS");
    allFaults.sink("network").clear(Fault.Storage);
    expect(shown()).toBe(Fault.Storage);
  });
});
