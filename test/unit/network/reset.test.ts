// SPDX-License-Identifier: Apache-2.0
import { LEAVE_DELAY, RESET_ALERT, RESTART_DELAY } from "modules/network/network";
import { Fault } from "modules/status/fault";
import { DEFAULTS, HOME, networkRig } from "./rig";

const CHANGED = {
  ...HOME,
  ap_ssid: "Kitchen",
  ap_pw: "a password",
  ap_ip_addr: "10.1.1.1",
  sta_ip_addr: "10.2.2.2",
  sta_netmask: "255.0.0.0",
  sta_gateway: "10.0.0.9",
  flags: 0x91,
};

test("after an alert of 3 s the defaults are stored and the access point starts with them", () => {
  const rig = networkRig(CHANGED);
  const { timers, network, store, reports } = rig;
  rig.radio.addNetwork("HomeNetwork");
  network.start();
  timers.advance(1_000);
  reports.length = 0;
  network.reset();
  timers.advance(RESET_ALERT - 1);
  expect(store.values).toMatchObject(CHANGED);
  expect(reports).toEqual([[1_000, "reset", true]]);
  timers.advance(1);
  expect(store.values).toEqual(DEFAULTS);
  timers.advance(RESTART_DELAY + LEAVE_DELAY);
  expect(reports.at(-1)).toEqual([1_000 + RESET_ALERT + RESTART_DELAY + LEAVE_DELAY, "reset", false]);
  timers.advance(1_000);
  expect(network.describe()).toMatchObject({ ap_ssid: "tCam-Mini-EFB5", flags: 7, cur_ip_addr: "192.168.4.1" });
  expect(rig.radio.started.at(-1)).not.toHaveProperty("password");
});

test("the name is the default afterwards (D20)", () => {
  const rig = networkRig(CHANGED);
  rig.network.start();
  expect(rig.network.name).toBe("Kitchen");
  rig.network.reset();
  rig.timers.advance(5_000);
  expect(rig.network.name).toBe("tCam-Mini-EFB5");
});

test("a second long press during the alert has no effect", () => {
  const rig = networkRig(CHANGED);
  rig.network.start();
  rig.network.reset();
  rig.timers.advance(2_000);
  rig.network.reset();
  rig.timers.advance(1_000);
  expect(rig.store.values).toEqual(DEFAULTS);
  rig.timers.advance(60_000);
  expect(rig.reports.filter(([, what]) => what === "reset").map(([, , value]) => value)).toEqual([true, false]);
  expect(rig.store.writes).toHaveLength(1);
});

test("a reset ends while the radio cannot be set up; the fault remains", () => {
  const rig = networkRig(CHANGED);
  rig.radio.broken = true;
  rig.network.start();
  rig.timers.advance(10_000);
  expect(rig.faults.has(Fault.Storage)).toBe(true);
  rig.network.reset();
  rig.timers.advance(5_000);
  expect(rig.reports.at(-1)).toMatchObject([expect.any(Number), "reset", false]);
  expect(rig.faults.has(Fault.Storage)).toBe(true);
  rig.radio.broken = false;
  rig.timers.advance(20_000);
  expect(rig.faults.size).toBe(0);
  expect(rig.network.address).toBe("192.168.4.1");
});

test("defaults that cannot be stored take effect; the fault remains until they are stored (D5)", () => {
  const rig = networkRig(CHANGED);
  rig.network.start();
  rig.store.failing = true;
  rig.network.reset();
  rig.timers.advance(5_000);
  expect(rig.faults.get(Fault.Storage)).toBe("the WiFi reset could not be stored: NVS: not enough space");
  expect(rig.network.describe()).toMatchObject({ ap_ssid: "tCam-Mini-EFB5", flags: 7, cur_ip_addr: "192.168.4.1" });
  rig.timers.advance(60_000);
  expect(rig.store.values).toMatchObject(CHANGED);
  rig.store.failing = false;
  rig.timers.advance(10_000);
  expect(rig.store.values).toEqual(DEFAULTS);
  expect(rig.faults.size).toBe(0);
});

test("the next successful change also stores the defaults", async () => {
  const rig = networkRig(CHANGED);
  rig.network.start();
  rig.store.failing = true;
  rig.network.reset();
  rig.timers.advance(5_000);
  rig.store.failing = false;
  await rig.network.configure({ ap_ssid: "Garden" });
  expect(rig.store.values).toEqual({ ...DEFAULTS, ap_ssid: "Garden" });
  expect(rig.faults.size).toBe(0);
});

test("a radio fault and a storage fault together are fault 2 until both end", () => {
  const rig = networkRig(CHANGED);
  rig.radio.broken = true;
  rig.store.failing = true;
  rig.network.start();
  rig.network.reset();
  rig.timers.advance(5_000);
  rig.radio.broken = false;
  rig.timers.advance(30_000);
  expect(rig.network.address).toBe("192.168.4.1");
  expect(rig.faults.has(Fault.Storage)).toBe(true);
  rig.store.failing = false;
  rig.timers.advance(10_000);
  expect(rig.faults.size).toBe(0);
});

test("a set_wifi answered before the reset and applied after it restores no old setting", async () => {
  const rig = networkRig();
  rig.network.start();
  rig.timers.advance(1_000);
  const apply = await rig.network.configure({ ap_ssid: "Kitchen" });
  rig.network.reset();
  rig.timers.advance(RESET_ALERT);
  apply();
  rig.timers.advance(2_000);
  expect(rig.network.describe()).toMatchObject({ ap_ssid: "tCam-Mini-EFB5", cur_ip_addr: "192.168.4.1" });
  expect(rig.reports.filter(([, what]) => what === "reset").map(([, , value]) => value)).toEqual([true, false]);
});

test("a restart of the network during the alert does not end the alert", async () => {
  const rig = networkRig();
  rig.network.start();
  rig.timers.advance(1_000);
  const apply = await rig.network.configure({ ap_ssid: "Kitchen" });
  rig.network.reset();
  apply();
  rig.timers.advance(RESET_ALERT - 1);
  expect(rig.radio.started.at(-1)).toMatchObject({ ssid: "Kitchen" });
  expect(rig.reports.filter(([, what]) => what === "reset")).toEqual([[1_000, "reset", true]]);
  rig.timers.advance(1_000);
  expect(rig.network.name).toBe("tCam-Mini-EFB5");
});

test("closing during a reset ends all timers and drivers", () => {
  const rig = networkRig(CHANGED);
  rig.network.start();
  rig.network.reset();
  rig.timers.advance(RESET_ALERT + 100);
  rig.network.close();
  expect(rig.timers.pending).toBe(0);
  expect(rig.radio.open).toBe(0);
  expect(rig.reports.at(-1)?.slice(1)).toEqual(["reset", false]);
});
