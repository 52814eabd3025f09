// SPDX-License-Identifier: Apache-2.0
import { CommandError, type WifiChange } from "modules/protocol/services";
import { LEAVE_DELAY, RESTART_DELAY } from "modules/network/network";
import { HOME, networkRig, type NetworkRig } from "./rig";

function started(rig: NetworkRig): NetworkRig {
  rig.network.start();
  rig.timers.advance(1_000);
  return rig;
}

describe("a change is checked as a whole", () => {
  test.each<[string, WifiChange, string]>([
    ["client mode without a network to join", { flags: 0x81 }, "client mode needs sta_ssid"],
    ["an invalid address", { ap_ip_addr: "192.168.4" }, "ap_ip_addr must be four numbers from 0 to 255"],
    ["an octet over 255 (D10)", { sta_ip_addr: "10.0.0.300" }, "sta_ip_addr must be four numbers from 0 to 255"],
    [
      "an access point at a broadcast address",
      { ap_ip_addr: "192.168.4.255" },
      "ap_ip_addr 192.168.4.255 is no host address",
    ],
    [
      "a static address that is its network's address",
      { flags: 0x91, sta_ssid: "Home", sta_ip_addr: "10.0.0.0" },
      "sta_ip_addr 10.0.0.0 is no host address in a network of mask 255.255.255.0",
    ],
    [
      "a mask that is not contiguous",
      { flags: 0x91, sta_ssid: "Home", sta_netmask: "255.0.255.0" },
      "sta_netmask 255.0.255.0 is no network mask",
    ],
  ])("%s is rejected, and nothing is stored", async (_name, change, message) => {
    const rig = started(networkRig());
    await expect(rig.network.configure({ ap_ssid: "Other", ...change })).rejects.toThrow(new CommandError(message));
    expect(rig.store.writes).toEqual([]);
    rig.timers.advance(10_000);
    expect(rig.addresses()).toEqual(["192.168.4.1"]);
  });

  test.each<[string, WifiChange]>([
    ["the name alone", { ap_ssid: "Kitchen" }],
    ["unused station settings without an address", { flags: 1, sta_ip_addr: "0.0.0.0", sta_netmask: "0.0.0.0" }],
    ["a name with control characters and bidirectional controls", { ap_ssid: "Ki\u001b[31mln\u202e\u0007" }],
    ["an empty password", { ap_pw: "" }],
    ["disabling", { flags: 0 }],
    ["client mode with DHCP and an invalid static address", { flags: 0x81, sta_ssid: "Home", sta_ip_addr: "0.0.0.0" }],
  ])("%s is accepted and stored in one write", async (_name, change) => {
    const rig = started(networkRig());
    await rig.network.configure(change);
    expect(rig.store.writes).toEqual([change]);
  });

  test("only the settings among the flags are stored; get_wifi's others are the state", async () => {
    const rig = started(networkRig());
    await rig.network.configure({ flags: 0xff ^ 0x90 });
    expect(rig.store.values.flags).toBe(0x01);
    expect(rig.network.describe().flags).toBe(7);
  });

  test("a name with control characters is answered as set and escaped in the log", async () => {
    const rig = started(networkRig());
    (await rig.network.configure({ ap_ssid: "Ki\u001b[31mln\u202e" }))();
    rig.timers.advance(RESTART_DELAY + LEAVE_DELAY + 1_000);
    expect(rig.network.describe().ap_ssid).toBe("Ki\u001b[31mln\u202e");
    expect(rig.network.name).toBe("Ki\u001b[31mln\u202e");
    expect(rig.lines.join("\n")).toContain('access point "Ki\\u001b[31mln\\u202e" is up');
    for (const raw of ["\u001b", "\u202e"]) expect(rig.lines.join("\n")).not.toContain(raw);
  });

  test("addresses are stored without leading zeros", async () => {
    const rig = started(networkRig());
    await rig.network.configure({ ap_ip_addr: "010.000.001.001" });
    expect(rig.network.describe().ap_ip_addr).toBe("10.0.1.1");
  });

  test("settings that cannot be stored fail the command and change nothing", async () => {
    const rig = started(networkRig());
    rig.store.failing = true;
    await expect(rig.network.configure({ ap_ssid: "Kitchen" })).rejects.toThrow("the settings could not be stored");
    expect(rig.network.describe().ap_ssid).toBe("tCam-Mini-EFB5");
    expect(rig.network.name).toBe("tCam-Mini-EFB5");
  });
});

describe("applying a change", () => {
  test("waits for the caller, who has sent the answer (D23)", async () => {
    const rig = started(networkRig());
    const apply = await rig.network.configure({ ap_ip_addr: "10.1.1.1" });
    rig.timers.advance(60_000);
    expect(rig.addresses()).toEqual(["192.168.4.1"]);
    apply();
    rig.timers.advance(1_000);
    expect(rig.addresses()).toEqual(["192.168.4.1", undefined, "10.1.1.1"]);
  });

  test("ends the sessions, then after a pause for their last messages the network, then starts the new one", async () => {
    const rig = started(networkRig());
    const { radio, timers } = rig;
    radio.accessPoint?.join(1);
    const apply = await rig.network.configure({ ap_ssid: "Kitchen" });
    apply();
    expect(rig.addresses().at(-1)).toBeUndefined();
    expect(radio.accessPoint?.active).toBe(true);
    timers.advance(RESTART_DELAY - 1);
    expect(radio.accessPoint?.active).toBe(true);
    timers.advance(1);
    expect(radio.open).toBe(0);
    timers.advance(LEAVE_DELAY - 1);
    expect(radio.open).toBe(0);
    timers.advance(1);
    timers.advance(200);
    expect(radio.started.at(-1)).toMatchObject({ ssid: "Kitchen" });
    expect(rig.addresses()).toEqual(["192.168.4.1", undefined, "192.168.4.1"]);
  });

  test("switches between access point and station with one driver open at a time", async () => {
    const rig = started(networkRig());
    rig.radio.addNetwork("HomeNetwork");
    (await rig.network.configure(HOME))();
    rig.timers.advance(2_000);
    expect(rig.network.describe()).toMatchObject({ flags: 0x8f, cur_ip_addr: "192.168.1.50" });
    (await rig.network.configure({ flags: 0x01 }))();
    rig.timers.advance(2_000);
    expect(rig.network.describe()).toMatchObject({ flags: 0x07, cur_ip_addr: "192.168.4.1", sta_ssid: "HomeNetwork" });
    expect(rig.radio.open).toBe(1);
    expect(rig.faults.size).toBe(0);
  });

  test("two changes in a row restart the network once, with both", async () => {
    const rig = started(networkRig());
    const first = await rig.network.configure({ ap_ssid: "Kitchen" });
    const second = await rig.network.configure({ ap_ip_addr: "10.1.1.1" });
    first();
    rig.timers.advance(100);
    second();
    rig.timers.advance(1_000);
    expect(rig.radio.started.slice(1)).toEqual([expect.objectContaining({ ssid: "Kitchen", address: "10.1.1.1" })]);
  });

  test("a station that joins during the restart is not reported", async () => {
    const rig = started(networkRig());
    (await rig.network.configure({ ap_ssid: "Kitchen" }))();
    rig.radio.accessPoint?.join(1);
    expect(rig.network.joined).toBe(false);
  });

  test("WiFi can be disabled, and enabled by the button", async () => {
    const rig = started(networkRig());
    (await rig.network.configure({ flags: 0 }))();
    rig.timers.advance(1_000);
    expect(rig.radio.open).toBe(0);
    expect(rig.network.describe()).toMatchObject({ flags: 0, cur_ip_addr: "0.0.0.0" });
    rig.network.reset();
    rig.timers.advance(4_000);
    expect(rig.network.address).toBe("192.168.4.1");
  });
});

describe("without start() (hardware interface)", () => {
  test("get_wifi answers the stored settings and an idle state (D2)", () => {
    const rig = networkRig(HOME);
    expect(rig.network.describe()).toEqual({
      ap_ssid: "tCam-Mini-EFB5",
      sta_ssid: "HomeNetwork",
      flags: 0x81,
      ap_ip_addr: "192.168.4.1",
      sta_ip_addr: "192.168.4.2",
      sta_netmask: "255.255.255.0",
      cur_ip_addr: "0.0.0.0",
    });
  });

  test("set_wifi is stored and starts nothing (D2)", async () => {
    const rig = networkRig();
    (await rig.network.configure({ ap_ssid: "Kitchen" }))();
    rig.network.reset();
    rig.timers.advance(60_000);
    expect(rig.store.values.ap_ssid).toBe("Kitchen");
    expect(rig.radio.opened).toBe(0);
    expect(rig.reports).toEqual([]);
  });
});
