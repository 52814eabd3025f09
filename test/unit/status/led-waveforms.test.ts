// SPDX-License-Identifier: Apache-2.0
import { Status, type Facts } from "modules/status/status";
import { Fault, type FaultSink } from "modules/status/fault";
import { Faults } from "modules/status/faults";
import { recordingLog } from "../fakes/log";
import { SyncTimers } from "../fakes/sync-timers";
import { FakeLedPins, type Colour } from "./fake-pins";

type Change = Partial<Omit<Facts, "faults" | "interface">>;

function bench(interfaceInUse: Facts["interface"] = "wifi"): {
  pins: FakeLedPins;
  status: Status;
  faults: FaultSink;
} {
  const timers = new SyncTimers();
  const pins = new FakeLedPins(timers);
  const unexpected = (): never => {
    throw new Error("the button was not pressed");
  };
  const all = new Faults(recordingLog().log);
  const status = new Status({
    led: pins.led(),
    log: recordingLog().log,
    faults: all,
    interface: interfaceInUse,
  });
  status.on("resetWifi", unexpected);
  status.on("updateButton", unexpected);
  return { pins, status, faults: all.sink("a part") };
}

const times = (count: number, ...steps: [Colour, number][]): [Colour, number][] => Array(count).fill(steps).flat();

describe("the readme's table of the status indicator", () => {
  const rows: [string, Facts["interface"], Change, [Colour, number][]][] = [
    ["starting: solid red", "wifi", {}, [["red", 10_000]]],
    [
      "WiFi without anybody: yellow, one second on, one second off",
      "wifi",
      { starting: false },
      times(5, ["yellow", 1_000], ["dark", 1_000]),
    ],
    ["WiFi joined: solid yellow", "wifi", { starting: false, joined: true }, [["yellow", 10_000]]],
    [
      "WiFi joined, software connected: solid green",
      "wifi",
      { starting: false, joined: true, clients: 1 },
      [["green", 10_000]],
    ],
    ["hardware interface ready: solid green", "hardware", { starting: false }, [["green", 10_000]]],
    [
      "WiFi reset: yellow, a tenth of a second on and off",
      "wifi",
      { starting: false, resetting: true },
      times(15, ["yellow", 100], ["dark", 100]),
    ],
    [
      "update requested: red and green in turn, red first, a quarter of a second each",
      "wifi",
      { starting: false, joined: true, clients: 1, update: "requested" },
      times(8, ["red", 250], ["green", 250]),
    ],
    [
      "update in process: green, a tenth of a second on and off",
      "wifi",
      { starting: false, joined: true, clients: 1, update: "running" },
      times(15, ["green", 100], ["dark", 100]),
    ],
  ];

  test.each(rows)("%s", (_name, interfaceInUse, change, expected) => {
    const { pins, status } = bench(interfaceInUse);
    status.set(change);
    expect(pins.watch(expected.reduce((sum, [, ms]) => sum + ms, 0) - 1)).toEqual([
      ...expected.slice(0, -1),
      ...expected.slice(-1).map(([colour, ms]) => [colour, ms - 1]),
    ]);
  });
});

describe("the readme's table of fault blinks", () => {
  const faults = Object.values(Fault).filter((fault): fault is Fault => typeof fault === "number");

  test("has eight rows", () => {
    expect(faults).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  test.each(faults)(
    "fault %i: that many red blinks of 200 ms, 300 ms apart, and 2 s of pause behind the last",
    (fault) => {
      const { pins, status, faults } = bench();
      status.set({ starting: false, joined: true, clients: 1 });
      faults.raise(fault, "a reason");
      const group: [Colour, number][] = [
        ...times(fault - 1, ["red", 200], ["dark", 300]),
        ["red", 200],
        ["dark", 2_300],
      ];
      const period = fault * 500 + 2_000;
      expect(pins.watch(3 * period + 1)).toEqual([...times(3, ...group), ["red", 1]]);
    },
  );

  test.each(faults)("fault %i on the hardware interface looks the same, and clears to green", (fault) => {
    const { pins, status, faults } = bench("hardware");
    status.set({ starting: false });
    faults.raise(fault, "a reason");
    expect(pins.watch(fault * 500 + 1_999).filter(([colour]) => colour === "red")).toHaveLength(fault);
    faults.clear(fault);
    expect(pins.watch(3_000)).toEqual([["green", 3_000]]);
  });
});

describe("changes of the pattern", () => {
  test("a new pattern starts with its first step, wherever the old one was", () => {
    const { pins, status } = bench();
    status.set({ starting: false });
    pins.watch(1_400);
    expect(pins.colour).toBe("dark");
    status.set({ resetting: true });
    expect(pins.watch(250)).toEqual([
      ["yellow", 100],
      ["dark", 100],
      ["yellow", 50],
    ]);
  });

  test("facts that do not change the pattern do not restart it", () => {
    const { pins, status, faults } = bench();
    status.set({ starting: false });
    pins.timers.advance(400);
    status.set({ clients: 0 });
    faults.clear(Fault.Update);
    pins.timers.advance(400);
    status.set({ clients: 1 });
    status.set({ clients: 0 });
    expect(pins.watch(2_000)).toEqual([
      ["yellow", 200],
      ["dark", 1_000],
      ["yellow", 800],
    ]);
  });
});
