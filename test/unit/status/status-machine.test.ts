// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { Fault } from "modules/status/fault";
import type { Status } from "modules/status/status";
import { FAULTS, promised, statusRig } from "./rig";

type Event = [name: string, happen: (status: Status) => void];

const EVENTS: readonly Event[] = [
  ["started", (status) => status.set({ starting: false })],
  ["link up", (status) => status.set({ joined: true })],
  ["link down", (status) => status.set({ joined: false })],
  ["client", (status) => status.set({ clients: 1 })],
  ["four clients", (status) => status.set({ clients: 4 })],
  ["no client", (status) => status.set({ clients: 0 })],
  ["reset begins", (status) => status.set({ resetting: true })],
  ["reset ends", (status) => status.set({ resetting: false })],
  ["update requested", (status) => status.set({ update: "requested" })],
  ["update approved", (status) => status.set({ update: "running" })],
  ["update over", (status) => status.set({ update: "none" })],
  ...FAULTS.flatMap((fault): Event[] => [
    [`fault ${fault}`, (status) => status.raise(fault, "a reason")],
    [`fault ${fault} gone`, (status) => status.clear(fault)],
  ]),
];

/** All causes gone: what is left is the truth about the connection. */
function recover(status: Status): void {
  status.set({ starting: false, resetting: false, update: "none" });
  for (const fault of FAULTS) status.clear(fault);
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
    "%s: the LED shows the truth before and after, from every state reachable by one event",
    (_name, happen) => {
      for (const [, before] of EVENTS) {
        const { status, shown } = statusRig(interfaceInUse);
        before(status);
        expect(shown()).toBe(promised(status.facts));
        happen(status);
        expect(shown()).toBe(promised(status.facts));
      }
    },
  );

  test("every pair of events, in both orders, from a started camera and a starting one: nothing sticks", () => {
    for (const starting of [true, false]) {
      for (const [[, first], [, second]] of pairs) {
        const { status, shown } = statusRig(interfaceInUse);
        status.set({ starting });
        first(status);
        second(status);
        expect(shown()).toBe(promised(status.facts));
        recover(status);
        const { joined, clients } = status.facts;
        const truth =
          interfaceInUse === "hardware" || (joined && clients) ? "ready" : joined ? "connected" : "disconnected";
        expect(shown()).toBe(truth);
      }
    }
  });

  test("the order of two events that have nothing to do with each other does not matter", () => {
    for (const [[firstName, first], [secondName, second]] of pairs) {
      if (!independent(firstName, secondName)) continue;
      const one = statusRig(interfaceInUse);
      first(one.status);
      second(one.status);
      const other = statusRig(interfaceInUse);
      second(other.status);
      first(other.status);
      expect(one.shown()).toBe(other.shown());
    }
  });
});

test("any sequence of events and presses: the LED shows the truth after each", () => {
  const step = fc.oneof(fc.constantFrom(...EVENTS), fc.constantFrom<"short" | "long">("short", "long"));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const { status, shown } = statusRig();
      for (const next of steps) {
        if (typeof next === "string") status.press(next);
        else next[1](status);
        expect(shown()).toBe(promised(status.facts));
      }
      recover(status);
      expect(shown()).toBe(promised(status.facts));
      expect(typeof shown()).toBe("string");
    }),
    { numRuns: 500 },
  );
});

describe("what the original got wrong", () => {
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

  test("a second update request while the first is shown does not make that the state to go back to (D3)", () => {
    const { status, shown } = statusRig();
    status.set({ starting: false, joined: true, clients: 1, update: "requested" });
    status.set({ update: "requested" });
    status.set({ update: "none" });
    expect(shown()).toBe("ready");
  });

  test("a failed reset shows a fault that has a number (D5)", () => {
    const { status, shown } = statusRig();
    status.set({ starting: false, resetting: true });
    status.raise(Fault.Storage, "the WiFi reset could not be stored");
    status.set({ resetting: false });
    expect(shown()).toBe(Fault.Storage);
  });

  test("fault 4 ends when the part answers (D7a)", () => {
    const { status, shown } = statusRig();
    status.set({ starting: false, joined: true });
    status.raise(Fault.CCI, "no answer at 0x2A");
    expect(shown()).toBe(Fault.CCI);
    status.clear(Fault.CCI);
    expect(shown()).toBe("connected");
  });

  test("clearing a fault that is not there changes nothing (D7b)", () => {
    const { status, shown, lines } = statusRig();
    status.set({ starting: false, joined: true, clients: 1 });
    const before = lines.length;
    for (const fault of FAULTS) status.clear(fault);
    expect(shown()).toBe("ready");
    expect(lines).toHaveLength(before);
  });

  test("a fault raised while starting does not bring the start back when it is gone (D7c)", () => {
    const { status, shown } = statusRig();
    status.raise(Fault.Sync, "no frame");
    status.set({ starting: false });
    status.clear(Fault.Sync);
    expect(shown()).toBe("disconnected");
  });

  test("a second fault hides neither itself nor the way back (D7d)", () => {
    const { status, shown } = statusRig();
    status.set({ starting: false, joined: true });
    status.raise(Fault.Sync, "no frame");
    status.raise(Fault.CCI, "no answer");
    expect(shown()).toBe(Fault.CCI);
    status.clear(Fault.CCI);
    expect(shown()).toBe(Fault.Sync);
    status.clear(Fault.Sync);
    expect(shown()).toBe("connected");
  });

  test("recovery from fault 7 leaves other faults alone (D7)", () => {
    const { status, shown } = statusRig();
    status.set({ starting: false });
    status.raise(Fault.Network, "port in use");
    status.raise(Fault.Sync, "no frame");
    status.clear(Fault.Sync);
    expect(shown()).toBe(Fault.Network);
  });

  test("a fault during a WiFi reset does not start the reset again when it is gone (D7e)", () => {
    const { status, shown, actions } = statusRig();
    status.set({ starting: false });
    status.press("long");
    status.set({ resetting: true });
    status.raise(Fault.Sync, "no frame");
    status.set({ resetting: false });
    status.clear(Fault.Sync);
    expect(shown()).toBe("disconnected");
    expect(actions).toEqual(["reset"]);
  });
});

describe("the log", () => {
  test("says once what failed and what the camera does about it, and once that it is over", () => {
    const { status, lines } = statusRig();
    status.raise(Fault.CCI, "no answer at 0x2A");
    status.raise(Fault.CCI, "no answer at 0x2A");
    status.clear(Fault.CCI);
    status.clear(Fault.CCI);
    const told = lines.filter((line) => line.includes("fault"));
    expect(told).toEqual([
      expect.stringMatching(/^E .*fault 4 \(CCI\): no answer at 0x2A; commands are answered without the sensor/),
      expect.stringMatching(/^I .*fault 4 \(CCI\) is gone/),
    ]);
  });

  test("tells nothing of the LED when something happened that it does not show", () => {
    const { status, lines } = statusRig();
    status.set({ starting: false, joined: true, clients: 1 });
    const before = lines.length;
    status.set({ clients: 2 });
    expect(lines).toHaveLength(before);
    status.set({ clients: 0 });
    expect(lines).toHaveLength(before + 1);
  });

  test("tells another reason for the same fault", () => {
    const { status, lines } = statusRig();
    status.raise(Fault.CCI, "no answer");
    status.raise(Fault.CCI, "gain mode refused");
    expect(lines.filter((line) => line.startsWith("E"))).toHaveLength(2);
  });
});

describe("a fault that two parts raise", () => {
  test("is there until both say it is gone", () => {
    const { status, shown } = statusRig();
    status.set({ starting: false });
    const network = status.sink("network");
    const settings = status.sink("settings");
    network.raise(Fault.Storage, "no radio");
    settings.raise(Fault.Storage, "no NVS");
    network.clear(Fault.Storage);
    expect(shown()).toBe(Fault.Storage);
    settings.clear(Fault.Storage);
    expect(shown()).toBe("disconnected");
  });

  test("is not ended by a part that never raised it", () => {
    const { status, shown } = statusRig();
    status.sink("settings").raise(Fault.Storage, "no NVS");
    status.sink("network").clear(Fault.Storage);
    expect(shown()).toBe(Fault.Storage);
  });
});
