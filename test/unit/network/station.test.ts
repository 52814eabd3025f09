// SPDX-License-Identifier: Apache-2.0
import { Fault } from "modules/status/fault";
import { FakeRadio } from "./fake-radio";
import { HOME, networkRig, type NetworkRig } from "./rig";

const STATIC = { flags: 0x91, sta_ip_addr: "192.168.1.77", sta_netmask: "255.255.255.0" };

function started(rig: NetworkRig): NetworkRig {
  rig.network.start();
  return rig;
}

describe("joining: DHCP or static address, right or wrong password, network there, absent, or coming later", () => {
  const cases = (["dhcp", "static"] as const).flatMap((address) =>
    (["right", "wrong"] as const).flatMap((password) =>
      (["there", "absent", "later"] as const).map((presence) => [address, password, presence] as const),
    ),
  );

  test.each(cases)("%s, %s password, %s", (address, password, presence) => {
    const rig = networkRig({ ...HOME, ...(address === "static" ? STATIC : {}) });
    const { timers, radio, network, reports } = rig;
    const home = radio.addNetwork("HomeNetwork", {
      inRange: presence === "there",
      password: password === "right" ? "password" : "another one",
    });
    started(rig);
    timers.advance(40_000);
    if (presence === "later") home.inRange = true;
    timers.advance(20_000);

    const joins = password === "right" && presence !== "absent";
    const expected = address === "static" ? "192.168.1.77" : "192.168.1.50";
    expect(network.address).toBe(joins ? expected : undefined);
    expect(network.joined).toBe(joins);
    expect(network.describe().cur_ip_addr).toBe(joins ? expected : "0.0.0.0");
    const stored = address === "static" ? 0x91 : 0x81;
    expect(network.describe().flags).toBe(stored | (joins ? 0x0e : 0x06));
    // Nothing is reported before the address and the connection exist.
    expect(reports).toHaveLength(joins ? 2 : 0);
    if (!joins) expect(radio.attempts.length).toBeGreaterThan(4);
    if (presence === "there" && joins) expect(radio.attempts).toHaveLength(1);
    expect(rig.faults.size).toBe(0);
  });

  test("an open network is joined without a password", () => {
    const rig = networkRig({ ...HOME, sta_pw: "" });
    rig.radio.addNetwork("HomeNetwork", { password: "" });
    started(rig).timers.advance(1_000);
    expect(rig.radio.attempts).toEqual([{ at: 0, SSID: "HomeNetwork", password: undefined }]);
    expect(rig.network.joined).toBe(true);
  });
});

describe("retries", () => {
  test("do not end; the back-off doubles from half a second to 16 s", () => {
    const rig = started(networkRig(HOME));
    rig.timers.advance(600_000);
    const { attempts } = rig.radio;
    const delays = attempts.slice(1).map(({ at }, i) => at - (attempts[i]?.at ?? 0) - FakeRadio.NOT_FOUND);
    expect(delays.slice(0, 6)).toEqual([500, 1_000, 2_000, 4_000, 8_000, 16_000]);
    expect(new Set(delays.slice(6))).toEqual(new Set([16_000]));
    expect(delays.length).toBeGreaterThan(30);
  });

  test("begin with a short back-off after the camera was on the network", () => {
    const rig = networkRig(HOME);
    const { timers, radio } = rig;
    const home = radio.addNetwork("HomeNetwork", { inRange: false });
    started(rig).timers.advance(120_000);
    home.inRange = true;
    timers.advance(30_000);
    expect(rig.network.joined).toBe(true);
    radio.attempts.length = 0;
    const lost = timers.now();
    radio.lose("HomeNetwork");
    home.inRange = true;
    timers.advance(2_000);
    expect(radio.attempts.map(({ at }) => at - lost)).toEqual([500]);
    expect(rig.network.joined).toBe(true);
  });

  test("follow an attempt without an end after a timeout of 15 s", () => {
    const rig = networkRig(HOME);
    rig.radio.addNetwork("HomeNetwork");
    rig.radio.mute = true;
    started(rig).timers.advance(15_400);
    expect(rig.radio.attempts).toHaveLength(1);
    expect(rig.lines.join("\n")).toContain('no answer from "HomeNetwork" in 15 s');
    rig.radio.mute = false;
    rig.timers.advance(1_500);
    expect(rig.network.address).toBe("192.168.1.50");
  });

  test("count an attempt that timed out once, also if the driver reports its end inside disconnect()", () => {
    const rig = networkRig(HOME);
    rig.radio.mute = true;
    started(rig);
    const { station } = rig.radio;
    if (!station) throw new Error("no station");
    station.disconnect = () => station.reportLate(undefined);
    rig.timers.advance(15_500);
    expect(rig.radio.attempts.map(({ at }) => at)).toEqual([0, 15_500]);
  });

  test("follow a connect() that throws", () => {
    const rig = networkRig(HOME);
    rig.radio.addNetwork("HomeNetwork");
    started(rig);
    const { station } = rig.radio;
    if (!station) throw new Error("no station");
    station.connect = () => {
      throw new Error("connect failed");
    };
    rig.radio.lose("HomeNetwork");
    rig.radio.addNetwork("HomeNetwork");
    rig.timers.advance(700);
    rig.radio.lose("HomeNetwork");
    rig.timers.advance(5_000);
    expect(rig.network.joined).toBe(false);
    Reflect.deleteProperty(station, "connect");
    rig.radio.addNetwork("HomeNetwork");
    rig.timers.advance(20_000);
    expect(rig.network.joined).toBe(true);
  });

  test("a lost event is noticed within 5 s", () => {
    const rig = networkRig(HOME);
    rig.radio.addNetwork("HomeNetwork");
    rig.radio.deaf = true;
    started(rig).timers.advance(5_000);
    expect(rig.network.address).toBe("192.168.1.50");
    rig.radio.lose("HomeNetwork");
    rig.timers.advance(5_000);
    expect(rig.network.address).toBeUndefined();
  });
});

describe("DHCP", () => {
  test("may be late; without an address the camera is not connected", () => {
    const rig = networkRig(HOME);
    rig.radio.addNetwork("HomeNetwork", { dhcp: 45_000 });
    started(rig).timers.advance(45_000);
    expect(rig.network.joined).toBe(false);
    expect(rig.network.describe().flags & 0x08).toBe(0);
    rig.timers.advance(1_000);
    expect(rig.network.address).toBe("192.168.1.50");
    expect(rig.radio.attempts).toHaveLength(1);
  });

  test("without an answer makes the camera rejoin every minute", () => {
    const rig = networkRig(HOME);
    const home = rig.radio.addNetwork("HomeNetwork", { dhcp: undefined });
    started(rig).timers.advance(600_000);
    expect(rig.radio.attempts.length).toBeGreaterThanOrEqual(7);
    expect(rig.radio.attempts.length).toBeLessThanOrEqual(10);
    expect(rig.reports).toEqual([]);
    home.dhcp = 100;
    rig.timers.advance(80_000);
    expect(rig.network.address).toBe("192.168.1.50");
  });

  test("reports the end of the lease and the address of a new one", () => {
    const rig = networkRig(HOME);
    rig.radio.addNetwork("HomeNetwork");
    started(rig).timers.advance(1_000);
    rig.radio.station?.setAddress(undefined);
    expect(rig.network.address).toBeUndefined();
    rig.radio.station?.setAddress("192.168.1.99");
    expect(rig.addresses()).toEqual(["192.168.1.50", undefined, "192.168.1.99"]);
  });

  test("that changes the address without an event is noticed, and cur_ip_addr is correct (D1)", () => {
    const rig = networkRig(HOME);
    rig.radio.addNetwork("HomeNetwork");
    started(rig).timers.advance(1_000);
    expect(rig.network.describe().cur_ip_addr).toBe("192.168.1.50");
    rig.radio.station?.setAddress("192.168.1.51", false);
    rig.timers.advance(5_000);
    expect(rig.network.describe().cur_ip_addr).toBe("192.168.1.51");
    expect(rig.addresses()).toEqual(["192.168.1.50", "192.168.1.51"]);
  });
});

describe("a static address", () => {
  const configured = (settings: object): unknown => {
    const rig = networkRig({ ...HOME, ...STATIC, ...settings });
    started(rig);
    return rig.radio.configured[0];
  };

  test("has its mask and, as gateway, the first host of its network (D32)", () => {
    expect(configured({})).toEqual({
      hostname: "tCam-Mini-EFB5",
      static: { address: "192.168.1.77", mask: "255.255.255.0", gateway: "192.168.1.1" },
    });
  });

  test("uses a stored gateway inside the network", () => {
    expect(configured({ sta_gateway: "192.168.1.254" })).toMatchObject({ static: { gateway: "192.168.1.254" } });
    expect(configured({ sta_gateway: "10.0.0.1" })).toMatchObject({ static: { gateway: "192.168.1.1" } });
  });

  test("that is the network's first host has no gateway", () => {
    expect(configured({ sta_ip_addr: "192.168.1.1" })).toMatchObject({ static: { gateway: "0.0.0.0" } });
  });

  test("that is invalid is replaced by DHCP and logged", () => {
    const rig = started(networkRig({ ...HOME, ...STATIC, sta_netmask: "255.0.255.0" }));
    expect(rig.radio.configured[0]).toMatchObject({ static: false });
    expect(rig.lines.join("\n")).toContain("sta_netmask 255.0.255.0 is no network mask");
  });
});

describe("loss of the network", () => {
  test("withdraws the address at once; the camera rejoins later", () => {
    const rig = networkRig(HOME);
    const home = rig.radio.addNetwork("HomeNetwork");
    started(rig).timers.advance(1_000);
    rig.radio.lose("HomeNetwork");
    expect(rig.network.address).toBeUndefined();
    expect(rig.network.joined).toBe(false);
    rig.timers.advance(300_000);
    home.inRange = true;
    rig.timers.advance(20_000);
    expect(rig.addresses()).toEqual(["192.168.1.50", undefined, "192.168.1.50"]);
    expect(rig.reports.filter(([, what]) => what === "joined").map(([, , value]) => value)).toEqual([
      true,
      false,
      true,
    ]);
  });
});

test("a network lost before its DHCP answer is retried at once, not after a minute", () => {
  const rig = networkRig(HOME);
  rig.radio.addNetwork("HomeNetwork", { dhcp: undefined });
  started(rig).timers.advance(5_000);
  rig.radio.lose("HomeNetwork");
  rig.radio.addNetwork("HomeNetwork");
  rig.timers.advance(2_000);
  expect(rig.network.address).toBe("192.168.1.50");
});

test("a late event of a closed driver has no effect", async () => {
  const rig = networkRig(HOME);
  rig.radio.addNetwork("HomeNetwork");
  started(rig).timers.advance(1_000);
  const { station } = rig.radio;
  (await rig.network.configure({ ap_ssid: "Kitchen" }))();
  rig.timers.advance(260);
  station?.reportLate("192.168.9.9");
  expect(rig.network.address).toBeUndefined();
  rig.timers.advance(2_000);
  station?.reportLate(undefined);
  expect(rig.network.address).toBe("192.168.1.50");
});

describe("a radio that cannot be set up", () => {
  test("is fault 2 and is retried until it works", () => {
    const rig = networkRig(HOME);
    rig.radio.addNetwork("HomeNetwork");
    rig.radio.broken = true;
    started(rig).timers.advance(60_000);
    expect(rig.faults.get(Fault.Storage)).toContain("the WiFi station could not be set up: driver: no memory");
    expect(rig.network.describe().flags).toBe(0x81);
    expect(rig.radio.opened).toBeGreaterThan(5);
    rig.radio.broken = false;
    rig.timers.advance(20_000);
    expect(rig.faults.size).toBe(0);
    expect(rig.network.address).toBe("192.168.1.50");
  });
});

test("a driver that rejects its addresses is closed and opened again; its late events have no effect", () => {
  const rig = networkRig(HOME);
  rig.radio.addNetwork("HomeNetwork");
  rig.radio.refusing = true;
  started(rig);
  expect(rig.faults.get(Fault.Storage)).toContain("invalid address");
  expect(rig.radio.open).toBe(0);
  rig.radio.refusing = false;
  rig.timers.advance(600);
  expect(rig.faults.size).toBe(0);
  rig.radio.stations[0]?.reportLate("192.168.9.9");
  expect(rig.network.address).toBeUndefined();
  rig.timers.advance(1_000);
  expect(rig.network.address).toBe("192.168.1.50");
});

describe("passwords and modem sleep", () => {
  test("no log line contains a password", () => {
    const rig = networkRig({ ...HOME, sta_pw: "a secret one", ap_pw: "another secret" });
    rig.radio.addNetwork("HomeNetwork", { password: "a secret one" });
    started(rig).timers.advance(10_000);
    rig.radio.lose("HomeNetwork");
    rig.timers.advance(60_000);
    expect(rig.lines.length).toBeGreaterThan(5);
    expect(rig.lines.filter((line) => line.includes("secret"))).toEqual([]);
  });

  test("modem sleep is off while a client streams, also after a reconnection", () => {
    const rig = networkRig(HOME);
    rig.radio.addNetwork("HomeNetwork");
    started(rig).timers.advance(1_000);
    expect(rig.powerSave.at(-1)).toBe(true);
    rig.network.streaming = true;
    expect(rig.powerSave.at(-1)).toBe(false);
    rig.radio.lose("HomeNetwork");
    rig.radio.addNetwork("HomeNetwork");
    rig.timers.advance(2_000);
    expect(rig.powerSave.at(-1)).toBe(false);
    rig.network.streaming = false;
    expect(rig.powerSave.at(-1)).toBe(true);
  });
});

test("after close() the radio is off and no timer runs", () => {
  const rig = networkRig(HOME);
  rig.radio.addNetwork("HomeNetwork");
  started(rig).timers.advance(1_000);
  rig.network.close();
  expect(rig.radio.open).toBe(0);
  expect(rig.timers.pending).toBe(0);
  expect(rig.addresses()).toEqual(["192.168.1.50", undefined]);
});
