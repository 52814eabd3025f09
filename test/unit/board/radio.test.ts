// SPDX-License-Identifier: Apache-2.0
/** docs/radio.md is the specification. */
import { ManualClock } from "../../../simulator/lepton";
import { Radio, type RadioEvent } from "../../../simulator/board/radio";
import { parseRadioRequest, RadioError } from "../../../simulator/board/radio-requests";
import { keyOf } from "../../../simulator/board/wpa2";
import { type Bench, LinkClient, makeBench, settle } from "./fixture";

const AP_MAC = "c4:dd:57:00:ef:b5";
const HOME = { do: "connect", ssid: "HomeNetwork", password: "password" };
const AP = { do: "access-point", ssid: "tCam-Mini-EFB5" };

interface Rig {
  readonly radio: Radio;
  readonly events: RadioEvent[];
  ask(request: Record<string, unknown>): void;
  /** @returns the events since the last call: name and the field that distinguishes them */
  pass(ms: number): string[];
}

function makeRig(): Rig {
  const clock = new ManualClock();
  const radio = new Radio(clock, AP_MAC);
  const events: RadioEvent[] = [];
  radio.attach((event) => events.push(event));
  let seen = 0;
  return {
    radio,
    events,
    ask: (request) => radio.handle(parseRadioRequest(request)),
    pass: (ms) => {
      clock.advance(ms * 1000);
      const fresh = events
        .slice(seen)
        .map((event) => [event.event, event.reason ?? event.address ?? event.up].join(" "));
      seen = events.length;
      return fresh.map((text) => text.trim());
    },
  };
}

test("a scan shows the networks in range, strongest first", () => {
  const { radio, ask, pass, events } = makeRig();
  radio.setNetwork({ ssid: "Near", rssi: -30, password: "" });
  radio.setNetwork({ ssid: "Gone", rssi: -20, inRange: false });
  ask({ do: "scan" });
  expect(pass(1199)).toEqual([]);
  expect(pass(1)).toEqual(["scan"]);
  const networks = events[0]?.networks as { ssid: string; authentication: string }[];
  expect(networks.map(({ ssid, authentication }) => [ssid, authentication])).toEqual([
    ["Near", "none"],
    ["HomeNetwork", "wpa2"],
  ]);
});

test("joining with DHCP: associated, then an address", () => {
  const { ask, pass, events } = makeRig();
  ask(HOME);
  expect(pass(299)).toEqual([]);
  expect(pass(1)).toEqual(["connected"]);
  expect(pass(399)).toEqual([]);
  expect(pass(1)).toEqual(["address 192.168.1.50"]);
  expect(events[1]).toMatchObject({ mask: "255.255.255.0", gateway: "192.168.1.1" });
  expect(pass(600_000)).toEqual([]);
});

test("joining with a fixed address uses no DHCP", () => {
  const { radio, ask, pass } = makeRig();
  radio.setNetwork({ ssid: "HomeNetwork", dhcp: { mode: "silent" } });
  ask({ do: "configure", static: { address: "192.168.1.77", mask: "255.255.255.0", gateway: "192.168.1.1" } });
  ask(HOME);
  expect(pass(300)).toEqual(["connected", "address 192.168.1.77"]);
});

describe("WPA2 keys", () => {
  // IEEE 802.11, J.4.2: passphrase, SSID and key.
  test.each([
    ["password", "IEEE", "f42c6fc52df0ebef9ebb4b90b38a5f902e83fe1b135a70e23aed762e9710a12e"],
    ["ThisIsAPassword", "ThisIsASSID", "0dc0d6eb90555ed6419756b9a15ec3e3209b63df707dd508d14581f8982721af"],
    ["a".repeat(32), "Z".repeat(32), "becb93866bb8c3832cb777c2f559807c8c59afcb6eae734885001300a981cc62"],
  ])("%s on %s", (passphrase, ssid, key) => {
    expect(keyOf(passphrase, ssid)).toBe(key);
  });

  const KEY = keyOf("password", "HomeNetwork");

  test.each([
    ["the key of a passphrase", KEY, "password"],
    ["the key in upper case", KEY.toUpperCase(), "password"],
    ["a passphrase where the network has its key", "password", KEY],
  ])("%s opens a network", (_, password, wanted) => {
    const { radio, ask, pass } = makeRig();
    radio.setNetwork({ ssid: "HomeNetwork", password: wanted });
    ask({ ...HOME, password });
    expect(pass(700)).toEqual(["connected", "address 192.168.1.50"]);
    // The password is still the right one.
    radio.setNetwork({ ssid: "HomeNetwork", password: KEY });
    expect(pass(60_000)).toEqual([]);
  });

  test.each([
    ["another network's key", keyOf("password", "OtherNetwork"), "password"],
    ["another passphrase's key", keyOf("passwort", "HomeNetwork"), "password"],
    ["a key on an open network", KEY, ""],
  ])("%s does not", (_, password, wanted) => {
    const { radio, ask, pass } = makeRig();
    radio.setNetwork({ ssid: "HomeNetwork", password: wanted });
    ask({ ...HOME, password });
    expect(pass(60_000)).toEqual(["disconnected authentication"]);
  });

  test("a station can join with the key of the camera's access point", () => {
    const { radio, ask, pass } = makeRig();
    ask({ ...AP, password: "12345678" });
    pass(1000);
    const mac = "02:00:00:00:20:02";
    radio.stationJoins({ mac, auto: false, password: keyOf("87654321", AP.ssid) });
    expect(pass(0)).toEqual([]);
    radio.stationJoins({ mac, auto: false, password: keyOf("12345678", AP.ssid) });
    expect(pass(0)).toEqual(["station-joined 192.168.4.3"]);
  });
});

test.each([
  ["an unknown network", { ssid: "Nowhere" }, {}, "no-network", 1500],
  ["a network out of range", {}, { inRange: false }, "no-network", 1500],
  ["a wrong password", { password: "Password" }, {}, "authentication", 800],
  ["no password for a protected network", { password: "" }, {}, "authentication", 800],
  ["a password for an open network", {}, { password: "" }, "authentication", 800],
  ["a network that refuses", {}, { refuse: true }, "refused", 500],
])("joining fails with %s", (_name, request, change, reason, ms) => {
  const { radio, ask, pass } = makeRig();
  radio.setNetwork({ ssid: "HomeNetwork", ...change });
  ask({ ...HOME, ...request });
  expect(pass(ms - 1)).toEqual([]);
  expect(pass(1)).toEqual([`disconnected ${reason}`]);
  expect(pass(60_000)).toEqual([]);
});

test("late DHCP assigns its address late; silent DHCP assigns none until it answers", () => {
  const { radio, ask, pass } = makeRig();
  radio.setNetwork({ ssid: "HomeNetwork", dhcp: { mode: "late", delay: 8000 } });
  ask(HOME);
  expect(pass(300 + 7999)).toEqual(["connected"]);
  expect(pass(1)).toEqual(["address 192.168.1.50"]);
  radio.setNetwork({ ssid: "HomeNetwork", dhcp: { mode: "silent" } });
  expect(pass(60_000)).toEqual(["address-lost"]);
  radio.setNetwork({ ssid: "HomeNetwork", dhcp: { mode: "normal" } });
  expect(pass(400)).toEqual(["address 192.168.1.50"]);
});

test("a changed lease reaches the camera", () => {
  const { radio, ask, pass } = makeRig();
  ask(HOME);
  pass(1000);
  radio.setNetwork({
    ssid: "HomeNetwork",
    lease: { address: "10.0.0.9", mask: "255.0.0.0", gateway: "10.0.0.1" },
  });
  expect(pass(1000)).toEqual(["address 10.0.0.9"]);
});

test("a lost network is detected after six seconds; one that returns earlier is not lost", () => {
  const { radio, ask, pass } = makeRig();
  ask(HOME);
  pass(1000);
  radio.setNetwork({ ssid: "HomeNetwork", inRange: false });
  expect(pass(5999)).toEqual([]);
  radio.setNetwork({ ssid: "HomeNetwork", inRange: true });
  expect(pass(10_000)).toEqual([]);
  radio.removeNetwork("HomeNetwork");
  expect(pass(6000)).toEqual(["disconnected lost"]);
  ask(HOME);
  expect(pass(1500)).toEqual(["disconnected no-network"]);
});

test("a network that disappears during the join is not joined", () => {
  const { radio, ask, pass } = makeRig();
  ask(HOME);
  pass(100);
  radio.removeNetwork("HomeNetwork");
  expect(pass(10_000)).toEqual(["disconnected no-network"]);
});

test("a network that changes its password or begins to refuse disconnects the camera", () => {
  for (const [change, reason] of [
    [{ password: "another1" }, "authentication"],
    [{ refuse: true }, "refused"],
  ] as const) {
    // prettier-ignore
    const { radio, ask, pass } = makeRig();
    ask(HOME);
    pass(1000);
    radio.setNetwork({ ssid: "HomeNetwork", ...change });
    expect(pass(0)).toEqual([`disconnected ${reason}`]);
    expect(radio.describe().link).toEqual({ state: "idle" });
  }
});

test("leaving is answered even when not joined; a second connect replaces the first without an event", () => {
  const { radio, ask, pass } = makeRig();
  ask({ do: "disconnect" });
  expect(pass(0)).toEqual(["disconnected left"]);
  radio.setNetwork({ ssid: "Open", password: "" });
  ask(HOME);
  pass(250);
  ask({ do: "connect", ssid: "Open" });
  expect(pass(300)).toEqual(["connected"]);
  expect(radio.describe().link).toMatchObject({ state: "joined", ssid: "Open" });
});

test("the access point comes up, this computer joins it, and stations come and go", () => {
  const { radio, ask, pass, events } = makeRig();
  ask(AP);
  expect(pass(200)).toEqual(["access-point 192.168.4.1"]);
  expect(events[0]).toMatchObject({ up: true, mac: AP_MAC, ssid: "tCam-Mini-EFB5" });
  expect(pass(500)).toEqual(["station-joined 192.168.4.2"]);
  radio.stationJoins({ mac: "02:00:00:00:20:02", auto: false });
  expect(pass(0)).toEqual(["station-joined 192.168.4.3"]);
  expect(radio.stationLeaves("02:00:00:00:20:01")).toBe(true);
  expect(pass(60_000)).toEqual(["station-left"]);
  radio.stationJoins({ mac: "02:00:00:00:20:01", auto: true });
  expect(pass(0)).toEqual(["station-joined 192.168.4.2"]);
});

test("an access point accepts stations with the right password, up to its limit", () => {
  const { radio, ask, pass } = makeRig();
  ask({ ...AP, password: "12345678", max: 2 });
  expect(pass(1000)).toEqual(["access-point 192.168.4.1", "station-joined 192.168.4.2"]);
  radio.stationJoins({ mac: "02:00:00:00:20:02", auto: false, password: "87654321" });
  expect(pass(0)).toEqual([]);
  radio.stationJoins({ mac: "02:00:00:00:20:02", auto: false, password: "12345678" });
  radio.stationJoins({ mac: "02:00:00:00:20:03", auto: false, password: "12345678" });
  expect(pass(0)).toEqual(["station-joined 192.168.4.3"]);
});

test("another access point address moves the stations' range; stopping disconnects all stations", () => {
  const { ask, pass } = makeRig();
  ask({ ...AP, address: "10.1.1.254" });
  expect(pass(1000)).toEqual(["access-point 10.1.1.254", "station-joined 10.1.1.1"]);
  ask({ ...AP, address: "10.2.2.1" });
  expect(pass(1000)).toEqual(["station-left", "access-point 10.2.2.1", "station-joined 10.2.2.2"]);
  ask({ do: "access-point", stop: true });
  expect(pass(1000)).toEqual(["station-left", "access-point false"]);
});

test("after the end of the firmware the radio is off and sends no event", () => {
  const { radio, ask, pass } = makeRig();
  ask(HOME);
  ask(AP);
  pass(1000);
  radio.attach(undefined);
  expect(pass(10_000)).toEqual([]);
  expect(radio.describe()).toMatchObject({ on: false, link: { state: "idle" }, accessPoint: null });
});

test("the camera's own password is not shown", () => {
  const { radio, ask, pass } = makeRig();
  ask({ ...AP, password: "very-secret" });
  pass(1000);
  expect(JSON.stringify(radio.describe())).not.toContain("very-secret");
});

test.each([
  ["nothing", {}],
  ["an unknown request", { do: "dance" }],
  ["no SSID", { do: "connect" }],
  ["an SSID of 33 bytes", { do: "connect", ssid: "x".repeat(33) }],
  ["a short password", { do: "connect", ssid: "x", password: "1234567" }],
  ["a password of 64 bytes", { do: "connect", ssid: "x", password: "x".repeat(64) }],
  ["a password of 32 letters of two bytes", { do: "connect", ssid: "x", password: "é".repeat(32) }],
  ["a key for the access point", { ...AP, password: "a".repeat(64) }],
  [
    "an address of three octets",
    { do: "configure", static: { address: "1.2.3", mask: "1.2.3.4", gateway: "1.2.3.4" } },
  ],
  ["no static", { do: "configure" }],
  ["channel 14", { do: "access-point", ssid: "x", channel: 14 }],
])("%s is refused", (_name, request) => {
  expect(() => parseRadioRequest(request)).toThrow(RadioError);
});

describe("over the board link", () => {
  let bench: Bench;
  beforeEach(async () => {
    bench = await makeBench();
  });
  afterEach(() => bench.close());

  test("lines in, lines out; a bad line is answered and changes nothing", async () => {
    const client = await LinkClient.open(bench.socket, { open: "radio" });
    expect(client.answer).toEqual({ ok: true, mac: "c4:dd:57:00:ef:b4", apMac: "c4:dd:57:00:ef:b5" });
    client.write('not json\n{"do":"connect","ssid":"HomeNetwork","password":"short"}\n{"do":"scan"}\n');
    await settle();
    bench.time.pass(1300);
    await settle();
    const lines = client.raw
      .toString()
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as RadioEvent);
    expect(lines.map((line) => line.event)).toEqual(["error", "error", "scan"]);
    expect(lines[1]).toEqual({
      event: "error",
      do: "connect",
      error: "the password must have 8 to 63 bytes, or be 64 hexadecimal digits, or none",
    });
  });

  test("it can be open only once", async () => {
    await LinkClient.open(bench.socket, { open: "radio" });
    const second = await LinkClient.open(bench.socket, { open: "radio" });
    expect(second.answer).toEqual({ error: "the radio is in use" });
  });
});
