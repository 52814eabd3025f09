// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { Settings } from "modules/settings/settings";
import { type Cut, CUTS, FakeKeyValue } from "../fakes/key-value";
import { recordingLog } from "../fakes/log";

function start(storage: FakeKeyValue): Settings {
  const faults = { raise: jest.fn(), clear: jest.fn() };
  return new Settings({ storage, cameraName: "tCam-Mini-0001", log: recordingLog().log, faults });
}

/** Both groups. */
const all = (settings: Settings): object => ({ camera: settings.camera.read(), wifi: settings.wifi.read() });

type Change = (settings: Settings) => void;

/** Changes, with the number of writes after the one that stores the new group. */
const CHANGES: readonly (readonly [name: string, change: Change, after: number])[] = [
  ["set_config of one setting", (s) => s.camera.write({ emissivity: 33 }), 0],
  ["set_config of all", (s) => s.camera.write({ agc_enabled: 1, emissivity: 22, gain_mode: 2 }), 0],
  [
    "set_wifi of the access point",
    (s) => s.wifi.write({ ap_ssid: "cam", ap_pw: "12345678", ap_ip_addr: "10.1.1.1" }),
    0,
  ],
  ["set_wifi to a network", (s) => s.wifi.write({ sta_ssid: "net", sta_pw: "87654321", flags: 0x81 }), 0],
  [
    "set_wifi to a static address",
    (s) => s.wifi.write({ sta_ip_addr: "10.0.0.9", sta_netmask: "255.0.0.0", sta_gateway: "10.0.0.1", flags: 0x91 }),
    0,
  ],
  ["network reset", (s) => s.wifi.reset(), 1],
];

/** A camera with both copies of both groups. */
function used(): FakeKeyValue {
  const storage = new FakeKeyValue();
  const settings = start(storage);
  for (const emissivity of [90, 91]) settings.camera.write({ emissivity });
  for (const sta_ssid of ["one", "two"]) settings.wifi.write({ sta_ssid });
  return storage;
}

/** A camera updated from the original firmware: its first start stores the settings it takes over. */
function updated(): FakeKeyValue {
  const storage = new FakeKeyValue();
  storage.set("storage", "lep_state", new Uint8Array([1, 95, 2]).buffer);
  const wifi = new Uint8Array(207);
  wifi.set([0x63, 0x61, 0x6d], 0); // ap_ssid "cam"
  wifi.set([0x6e, 0x65, 0x74], 33); // sta_ssid "net"
  wifi[194] = 0x81;
  storage.set("storage", "wifi_info", wifi.buffer);
  return storage;
}

/** Runs the change on a copy of the store with a power cut at write `n`. @returns the flash afterwards, and whether the change completed */
function cutAt(storage: FakeKeyValue, change: Change, n: number, cut: Cut): { flash: FakeKeyValue; done: boolean } {
  const flash = storage.restarted();
  flash.cutPower(n, cut);
  let done = true;
  try {
    change(start(flash));
  } catch {
    done = false;
  }
  return { flash: flash.restarted(), done };
}

describe.each([
  ["a new camera", () => new FakeKeyValue()],
  ["a used camera", used],
  ["a camera that ran the original firmware", updated],
])("%s", (_name, make) => {
  test.each(CHANGES)(
    "%s survives a power cut at every write: the old or the new group, all other settings unchanged",
    (_name2, change, remaining) => {
      const storage = make();
      const before = all(start(storage.restarted()));
      const changed = storage.restarted();
      change(start(changed));
      const after = all(start(changed.restarted()));
      let cuts = 0;
      for (const cut of CUTS) {
        for (let n = 1; n <= changed.writes; n++) {
          const { flash, done } = cutAt(storage, change, n, cut);
          cuts += 1;
          expect(done).toBe(false);
          const found = all(start(flash));
          expect([before, after]).toContainEqual(found);
          if (n > changed.writes - remaining) expect(found).toEqual(after);
          else if (cut !== "after") expect(found).toEqual(before);
        }
      }
      expect(cuts).toBeGreaterThanOrEqual(JSON.stringify(before) === JSON.stringify(after) ? 0 : CUTS.length);
    },
  );
});

test("a second power cut, at the first write after the first cut, leaves an old or a new group", () => {
  for (const [, first] of CHANGES) {
    for (const [, second] of CHANGES) {
      for (const cut of CUTS) {
        for (const secondCut of CUTS) {
          const { flash } = cutAt(used(), first, 1, cut);
          const before = all(start(flash.restarted()));
          const changed = flash.restarted();
          second(start(changed));
          const after = all(start(changed.restarted()));
          const result = cutAt(flash, second, 1, secondCut);
          expect([before, after]).toContainEqual(all(start(result.flash)));
        }
      }
    }
  }
});

test("a change after a power cut is stored, and the next start repairs nothing", () => {
  for (const cut of CUTS) {
    const { flash } = cutAt(used(), (s) => s.camera.write({ emissivity: 33 }), 1, cut);
    start(flash).camera.write({ emissivity: 34 });
    const { log, lines } = recordingLog();
    const faults = { raise: jest.fn(), clear: jest.fn() };
    const next = new Settings({ storage: flash.restarted(), cameraName: "x", log, faults });
    expect(next.camera.read().emissivity).toBe(34);
    expect(lines).toEqual([]);
  }
});

test("after any sequence of changes and cuts a restart finds the last stored group or the one being stored", () => {
  const step = fc.record({
    emissivity: fc.integer({ min: 1, max: 100 }),
    cut: fc.option(fc.constantFrom(...CUTS), { freq: 2 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      let storage = new FakeKeyValue();
      let stored = 100;
      for (const { emissivity, cut } of steps) {
        if (cut) storage.cutPower(1, cut);
        try {
          start(storage).camera.write({ emissivity });
          stored = emissivity;
        } catch {
          const found = start(storage.restarted()).camera.read().emissivity;
          expect([stored, emissivity]).toContain(found);
          stored = found;
        }
        storage = storage.restarted();
        expect(start(storage).camera.read().emissivity).toBe(stored);
      }
    }),
  );
});
