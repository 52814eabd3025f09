// SPDX-License-Identifier: Apache-2.0
import { Notices } from "modules/update/notices";
import { CRASH_WINDOW, SELF_TEST_TIME, Trial, TRIAL_TIME } from "modules/update/trial";
import { recordingLog } from "../fakes/log";
import { VirtualTimers } from "../fakes/virtual-timers";
import { MemoryStore } from "./rig";

interface Setup {
  trial?: boolean;
  crashes?: number;
  partition?: string;
  version?: string;
  valid?: string[];
  store?: MemoryStore;
}

function setUp({ trial = false, crashes = 0, partition = "ota_0", version = "4.1", valid = [], store }: Setup) {
  const timers = new VirtualTimers();
  const calls: string[] = [];
  const notices = new Notices(store ?? new MemoryStore());
  const system = {
    info: { partition, version, trial, crashes },
    image: (label: string) => ({ version: "4.0", project: "tCamMini", valid: valid.includes(label) }),
    boot: (label: string) => void calls.push(`boot ${label}`),
    restart: () => void calls.push("restart"),
    markValid: () => void calls.push("valid"),
    clearCrashes: () => void calls.push("clear"),
  };
  return { timers, calls, notices, trial: new Trial({ system, timers, log: recordingLog().log, notices }) };
}

describe("a new image is kept", () => {
  test("when sensor and network are known and it answered a command", () => {
    const { trial, calls } = setUp({ trial: true });
    expect(trial.start()).toBe(false);
    trial.sensorKnown();
    trial.networkUp();
    expect(calls).toEqual([]);
    trial.prove();
    expect(calls).toEqual(["valid"]);
    trial.prove();
    expect(calls).toEqual(["valid"]);
  });

  test("when it ran for a minute without a crash", async () => {
    const { trial, calls, timers } = setUp({ trial: true });
    trial.start();
    trial.sensorKnown();
    trial.networkUp();
    await timers.advance(TRIAL_TIME - 1);
    expect(calls).toEqual([]);
    await timers.advance(1);
    expect(calls).toEqual(["valid"]);
  });
});

test.each([
  ["sensor", "networkUp"],
  ["network", "sensorKnown"],
] as const)("a new image whose %s never comes up restarts, unconfirmed, into the previous one", async (_, known) => {
  const { trial, calls, timers } = setUp({ trial: true });
  trial.start();
  trial[known]();
  trial.prove();
  await timers.advance(SELF_TEST_TIME);
  expect(calls.filter((call) => call !== "clear")).toEqual(["restart"]);
});

test("after a roll-back the next client is told once", () => {
  const store = new MemoryStore();
  new Notices(store).expect("4.1");
  const { trial, notices } = setUp({ version: "4.0", store });
  trial.start();
  expect(notices.take()).toBe("Firmware update to 4.1 was rolled back, running 4.0");
  expect(notices.take()).toBeUndefined();
  const again = setUp({ version: "4.0", store });
  again.trial.start();
  expect(again.notices.take()).toBeUndefined();
});

test("an image that is still on trial, or passed it, leaves no notice", () => {
  const store = new MemoryStore();
  new Notices(store).expect("4.1");
  const first = setUp({ trial: true, store });
  first.trial.start();
  expect(first.notices.take()).toBeUndefined();
  const second = setUp({ trial: false, store });
  second.trial.start();
  expect(second.notices.take()).toBeUndefined();
});

describe("three crashes in a row", () => {
  test.each([
    ["ota_0", ["ota_1", "factory"], "ota_1"],
    ["ota_1", ["ota_0"], "ota_0"],
    ["ota_0", ["factory"], "factory"],
  ])("in %s with valid images in %j start %s", (partition, valid, expected) => {
    const { trial, calls, notices } = setUp({ crashes: 3, partition, valid });
    expect(trial.start()).toBe(true);
    expect(calls).toEqual(["clear", `boot ${expected}`, "restart"]);
    expect(notices.take()).toContain("kept crashing");
  });

  test("with no other valid image go on with this one", () => {
    const { trial, calls } = setUp({ crashes: 3 });
    expect(trial.start()).toBe(false);
    expect(calls).toEqual(["clear"]);
  });

  test("are forgotten after two minutes without one", async () => {
    const { trial, calls, timers } = setUp({ crashes: 2 });
    trial.start();
    await timers.advance(CRASH_WINDOW);
    expect(calls).toEqual(["clear"]);
  });
});
