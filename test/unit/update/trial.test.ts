// SPDX-License-Identifier: Apache-2.0
import { Emitter, type EventMap } from "modules/events/emitter";
import { Notices } from "modules/update/notices";
import type { SignatureCheck } from "modules/update/signature";
import { CRASH_WINDOW, SELF_TEST_TIME, Trial, TRIAL_TIME } from "modules/update/trial";
import { recordingLog } from "../fakes/log";
import { VirtualTimers } from "../fakes/virtual-timers";
import { MemoryStore } from "./rig";

class Reporter<E extends EventMap<E>> extends Emitter<E> {
  report<K extends keyof E>(event: K, ...args: E[K]): void {
    this.emit(event, ...args);
  }
}

/** Writes no more after the first `left` ones. */
class PowerlessStore extends MemoryStore {
  constructor(
    readonly store: MemoryStore,
    private left: number,
  ) {
    super();
  }
  override read(key: string): string | undefined {
    return this.store.read(key);
  }
  override write(key: string, value: string): void {
    if (this.left-- > 0) this.store.write(key, value);
  }
  override delete(key: string): void {
    if (this.left-- > 0) this.store.delete(key);
  }
}

interface Setup {
  trial?: boolean;
  crashes?: number;
  partition?: string;
  version?: string;
  valid?: string[];
  unselectable?: string;
  store?: MemoryStore;
  checkSignature?: SignatureCheck;
}

function setUp(setup: Setup) {
  const { trial = false, crashes = 0, partition = "ota_0", version = "4.1", valid = [] } = setup;
  const { store, checkSignature, unselectable } = setup;
  const timers = new VirtualTimers();
  const calls: string[] = [];
  const notices = new Notices(store ?? new MemoryStore());
  const system = {
    info: { partition, version, trial, crashes },
    image: (label: string) => ({ version: "4.0", project: "tCamMini", length: 4096, valid: valid.includes(label) }),
    boot: (label: string) => {
      if (label === unselectable) throw new Error("flash error");
      calls.push(`boot ${label}`);
    },
    restart: () => void calls.push("restart"),
    markValid: () => void calls.push("valid"),
    clearCrashes: () => void calls.push("clear"),
  };
  const ports = { system, timers, log: recordingLog().log, notices, checkSignature };
  return { timers, calls, notices, trial: new Trial(ports) };
}

/** Starts it. @returns whether the running image goes on */
async function stays(trial: Trial): Promise<boolean> {
  let staying = false;
  trial.start(() => (staying = true));
  await new Promise(setImmediate);
  return staying;
}

describe("a new image is kept", () => {
  test("when sensor and network are known and a status request was answered", async () => {
    const { trial, calls } = setUp({ trial: true });
    expect(await stays(trial)).toBe(true);
    trial.sensorKnown();
    trial.networkUp();
    expect(calls).toEqual([]);
    expect(trial.running).toBe(true);
    trial.prove();
    expect(calls).toEqual(["valid"]);
    expect(trial.running).toBe(false);
    trial.prove();
    expect(calls).toEqual(["valid"]);
  });

  test.each(["firstFrame", "fault"] as const)(
    "when the watched parts report %s of the camera, the interface up, and an answered get_status",
    async (known) => {
      const { trial, calls } = setUp({ trial: true });
      const camera = new Reporter<{ firstFrame: []; fault: [] }>();
      const clients = new Reporter<{ up: [] }>();
      const commands = new Reporter<{ answered: [command: string] }>();
      await stays(trial);
      trial.watch(camera, clients, commands);
      camera.report(known);
      clients.report("up");
      commands.report("answered", "get_config");
      expect(calls).toEqual([]);
      commands.report("answered", "get_status");
      expect(calls).toEqual(["valid"]);
    },
  );

  test("after a minute without a crash", async () => {
    const { trial, calls, timers } = setUp({ trial: true });
    await stays(trial);
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
  await stays(trial);
  trial[known]();
  trial.prove();
  await timers.advance(SELF_TEST_TIME);
  expect(calls.filter((call) => call !== "clear")).toEqual(["restart"]);
});

test("a rollback leaves a notice, which survives restarts until it is cleared", async () => {
  const store = new MemoryStore();
  new Notices(store).expect("4.1");
  const { trial, notices } = setUp({ version: "4.0", store });
  await stays(trial);
  expect(notices.notice).toBe("Firmware update to 4.1 was rolled back, running 4.0");
  const again = setUp({ version: "4.0", store });
  await stays(again.trial);
  expect(again.notices.notice).toBe("Firmware update to 4.1 was rolled back, running 4.0");
  again.notices.clear();
  const after = setUp({ version: "4.0", store });
  await stays(after.trial);
  expect(after.notices.notice).toBeUndefined();
});

test("a power cut at each write of the start after a rollback loses no notice", async () => {
  for (let writes = 0; writes < 3; writes++) {
    const store = new MemoryStore();
    new Notices(store).expect("4.1");
    await stays(setUp({ version: "4.0", store: new PowerlessStore(store, writes) }).trial);
    const { trial, notices } = setUp({ version: "4.0", store });
    await stays(trial);
    expect([writes, notices.notice]).toEqual([writes, "Firmware update to 4.1 was rolled back, running 4.0"]);
    expect(notices.expected).toBeUndefined();
  }
});

test("an image on trial, or one that passed, leaves no notice", async () => {
  const store = new MemoryStore();
  new Notices(store).expect("4.1");
  const first = setUp({ trial: true, store });
  await stays(first.trial);
  expect(first.notices.notice).toBeUndefined();
  const second = setUp({ trial: false, store });
  await stays(second.trial);
  expect(second.notices.notice).toBeUndefined();
});

test("an image that restarts once on trial and then fails leaves a notice, too", async () => {
  const store = new MemoryStore();
  new Notices(store).expect("4.1");
  await stays(setUp({ trial: true, store }).trial);
  const back = setUp({ version: "4.0", store });
  await stays(back.trial);
  expect(back.notices.notice).toBe("Firmware update to 4.1 was rolled back, running 4.0");
});

test("after a passed trial another image, flashed by cable, is no rollback", async () => {
  const store = new MemoryStore();
  new Notices(store).expect("4.1");
  const { trial } = setUp({ trial: true, store });
  await stays(trial);
  trial.sensorKnown();
  trial.networkUp();
  trial.prove();
  const cabled = setUp({ version: "4.2", store });
  await stays(cabled.trial);
  expect(cabled.notices.notice).toBeUndefined();
});

describe("three crashes in a row", () => {
  test.each([
    ["ota_0", ["ota_1", "factory"], "ota_1"],
    ["ota_1", ["ota_0"], "ota_0"],
    ["ota_0", ["factory"], "factory"],
  ])("in %s with valid images in %j start %s", async (partition, valid, expected) => {
    const { trial, calls, notices } = setUp({ crashes: 3, partition, valid });
    expect(await stays(trial)).toBe(false);
    expect(calls).toEqual(["clear", `boot ${expected}`, "restart"]);
    expect(notices.notice).toContain("kept crashing");
  });

  test("start the next valid image when one cannot be selected, or continue, without a notice of another image", async () => {
    const setup = { crashes: 3, partition: "ota_0", unselectable: "ota_1" };
    const next = setUp({ ...setup, valid: ["ota_1", "factory"] });
    expect(await stays(next.trial)).toBe(false);
    expect(next.calls).toEqual(["clear", "boot factory", "restart"]);
    expect(next.notices.notice).toBe("Firmware 4.1 kept crashing, running the image in factory");
    const none = setUp({ ...setup, valid: ["ota_1"] });
    expect(await stays(none.trial)).toBe(true);
    expect(none.notices.notice).toBeUndefined();
  });

  test("without another valid image continue with this one", async () => {
    const { trial, calls } = setUp({ crashes: 3 });
    expect(await stays(trial)).toBe(true);
    expect(calls).toEqual(["clear"]);
  });

  test("do not start an image with a refused signature, but one installed by cable", async () => {
    const asked: string[] = [];
    const checkSignature: SignatureCheck = (partition, length) => {
      asked.push(`${partition} ${length}`);
      return Promise.resolve("the image is not signed");
    };
    const bad = { crashes: 3, partition: "ota_0", checkSignature };
    const refused = setUp({ ...bad, valid: ["ota_1"] });
    expect(await stays(refused.trial)).toBe(true);
    expect(refused.calls).toEqual(["clear"]);
    const cable = setUp({ ...bad, valid: ["ota_1", "factory"] });
    expect(await stays(cable.trial)).toBe(false);
    expect(cable.calls).toEqual(["clear", "boot factory", "restart"]);
    expect(asked).toEqual(["ota_1 4096", "ota_1 4096"]);
  });

  test("do not start an image whose signature cannot be checked", async () => {
    const checkSignature: SignatureCheck = () => Promise.reject(new Error("flash error"));
    const { trial, calls } = setUp({ crashes: 3, valid: ["ota_1"], checkSignature });
    expect(await stays(trial)).toBe(true);
    expect(calls).toEqual(["clear"]);
  });

  test("are cleared after two minutes without a crash", async () => {
    const { trial, calls, timers } = setUp({ crashes: 2 });
    await stays(trial);
    await timers.advance(CRASH_WINDOW);
    expect(calls).toEqual(["clear"]);
  });
});
