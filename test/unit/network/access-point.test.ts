// SPDX-License-Identifier: Apache-2.0
import { Fault } from "modules/status/fault";
import { networkRig, type NetworkRig } from "./rig";

function started(rig: NetworkRig): NetworkRig {
  rig.network.start();
  rig.timers.advance(500);
  return rig;
}

test("with factory settings the camera is an open access point at 192.168.4.1", () => {
  const rig = started(networkRig());
  expect(rig.radio.started).toEqual([
    {
      ssid: "tCam-Mini-EFB5",
      channel: 1,
      max: 3,
      address: "192.168.4.1",
      mask: "255.255.255.0",
      range: { first: "192.168.4.2", last: "192.168.4.11" },
    },
  ]);
  expect(rig.network.describe()).toEqual({
    ap_ssid: "tCam-Mini-EFB5",
    sta_ssid: "",
    flags: 7,
    ap_ip_addr: "192.168.4.1",
    sta_ip_addr: "192.168.4.2",
    sta_netmask: "255.255.255.0",
    cur_ip_addr: "192.168.4.1",
  });
});

test("the address is reported when the access point is up, before a station joins", () => {
  const rig = networkRig();
  rig.network.start();
  rig.timers.advance(199);
  expect(rig.reports).toEqual([]);
  rig.timers.advance(1);
  expect(rig.reports).toEqual([[200, "address", "192.168.4.1"]]);
});

test("it is connected from the first station's joining to the last one's leaving", () => {
  const rig = started(networkRig());
  const flags = (): number => rig.network.describe().flags;
  rig.radio.accessPoint?.join(1);
  expect([rig.network.joined, flags()]).toEqual([true, 15]);
  rig.radio.accessPoint?.join(2);
  rig.radio.accessPoint?.join(1);
  expect([rig.network.joined, flags()]).toEqual([true, 15]);
  rig.radio.accessPoint?.join(0);
  expect([rig.network.joined, flags()]).toEqual([false, 7]);
  expect(rig.reports.filter(([, what]) => what === "joined")).toHaveLength(2);
  expect(rig.addresses()).toEqual(["192.168.4.1"]);
});

test("with a password the access point is protected", () => {
  expect(started(networkRig({ ap_pw: "12345678" })).radio.started[0]).toMatchObject({ password: "12345678" });
});

test("the configured address is applied, with its DHCP range (D20)", () => {
  const rig = started(networkRig({ ap_ip_addr: "10.20.30.40" }));
  expect(rig.radio.started[0]).toMatchObject({
    address: "10.20.30.40",
    range: { first: "10.20.30.41", last: "10.20.30.50" },
  });
  expect(rig.network.describe()).toMatchObject({ ap_ip_addr: "10.20.30.40", cur_ip_addr: "10.20.30.40" });
});

test("an invalid stored address is replaced by the default and logged", () => {
  const rig = started(networkRig({ ap_ip_addr: "0.0.0.0" }));
  expect(rig.network.address).toBe("192.168.4.1");
  expect(rig.lines.join("\n")).toContain("ap_ip_addr 0.0.0.0 is no host address");
});

test("an access point that cannot be set up is fault 2 and is retried until it works", () => {
  const rig = networkRig();
  rig.radio.broken = true;
  started(rig).timers.advance(120_000);
  expect(rig.faults.get(Fault.Storage)).toContain("the access point could not be set up: driver: no memory");
  expect(rig.network.describe().flags).toBe(1);
  expect(rig.radio.opened).toBeGreaterThan(8);
  rig.radio.broken = false;
  rig.timers.advance(17_000);
  expect(rig.faults.size).toBe(0);
  expect(rig.network.describe().flags).toBe(7);
});

test("an access point that is not up after 5 s is restarted", () => {
  const rig = networkRig();
  rig.radio.stuck = true;
  rig.network.start();
  rig.timers.advance(4_999);
  expect(rig.faults.size).toBe(0);
  rig.timers.advance(1);
  expect(rig.faults.get(Fault.Storage)).toContain("it is not up after 5 s");
  rig.radio.stuck = false;
  rig.timers.advance(1_000);
  expect(rig.network.address).toBe("192.168.4.1");
  expect(rig.radio.open).toBe(1);
});

test("an access point that goes down loses its address and is restarted", () => {
  const rig = started(networkRig());
  rig.radio.accessPoint?.join(1);
  rig.radio.accessPoint?.crash();
  expect(rig.network.joined).toBe(false);
  rig.timers.advance(2_000);
  expect(rig.addresses()).toEqual(["192.168.4.1", undefined, "192.168.4.1"]);
  expect(rig.faults.size).toBe(0);
});

test("an event of a closed driver does not affect its successor", () => {
  const rig = started(networkRig());
  const old = rig.radio.accessPoint;
  old?.crash();
  rig.timers.advance(2_000);
  old?.crash();
  rig.timers.advance(2_000);
  expect(rig.addresses()).toEqual(["192.168.4.1", undefined, "192.168.4.1"]);
});

test("a successful start resets the back-off", () => {
  const rig = networkRig();
  rig.radio.broken = true;
  started(rig).timers.advance(120_000);
  rig.radio.broken = false;
  rig.timers.advance(17_000);
  rig.radio.accessPoint?.crash();
  rig.timers.advance(1_000);
  expect(rig.network.address).toBe("192.168.4.1");
});

test("with WiFi disabled the radio stays off", () => {
  const rig = started(networkRig({ flags: 0 }));
  rig.timers.advance(3_600_000);
  expect(rig.radio.opened).toBe(0);
  expect(rig.reports).toEqual([]);
  expect(rig.timers.pending).toBe(0);
  expect(rig.network.describe()).toMatchObject({ flags: 0, cur_ip_addr: "0.0.0.0" });
});
