// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { Button } from "drivers/button/button";
import { Fault, type FaultSink } from "modules/status/fault";
import { Faults } from "modules/status/faults";
import { NetworkManager } from "modules/network/network";
import { Status } from "modules/status/status";
import type { Led } from "drivers/led/led";
import type { WifiChange } from "modules/protocol/services";
import { patternOf } from "modules/status/patterns";
import { recordingLog } from "../fakes/log";
import { SyncTimers } from "../fakes/sync-timers";
import { FakeButtonPin, FakeLedPins } from "../status/fake-pins";
import { promised } from "../status/rig";
import { FakeRadio, type FakeNetwork } from "./fake-radio";
import { DEFAULTS, FakeStore, HOME } from "./rig";

/** Status, network, LED and button connected as in the camera, with fake hardware. */
class Camera {
  readonly timers = new SyncTimers();
  readonly radio = new FakeRadio(this.timers);
  readonly home: FakeNetwork = this.radio.addNetwork("HomeNetwork");
  readonly store = new FakeStore();
  readonly pins = new FakeLedPins(this.timers);
  readonly button = new FakeButtonPin();
  readonly led: Led = this.pins.led();
  readonly log = recordingLog(() => this.timers.now());
  /** apply() of the answered set_wifi commands. */
  readonly applies: (() => void)[] = [];
  addresses: (string | undefined)[] = [];
  played: unknown;
  readonly allFaults: Faults;
  /** The faults of other parts. */
  readonly faults: FaultSink;
  readonly status: Status;
  readonly network: NetworkManager;

  constructor() {
    const { timers, led } = this;
    const { log } = this.log;
    this.allFaults = new Faults(log);
    this.faults = this.allFaults.sink("another part");
    this.status = new Status({
      led: {
        play: (pattern) => {
          this.played = pattern;
          led.play(pattern);
        },
      },
      log,
      faults: this.allFaults,
      interface: "wifi",
    });
    this.status.on("resetWifi", () => this.network.reset());
    this.status.on("updateButton", () =>
      this.status.set({ update: this.status.facts.update === "requested" ? "running" : "none" }),
    );
    this.network = new NetworkManager({
      wifi: this.radio.wifi,
      accessPoint: this.radio.ap,
      settings: this.store,
      defaults: DEFAULTS,
      stations: 4,
      timers,
      log,
      faults: this.allFaults.sink("network"),
    });
    this.network.on("address", (address) => {
      this.addresses.push(address);
      // The server ends its sessions when the address goes.
      if (address === undefined) this.status.set({ clients: 0 });
    });
    this.network.on("joined", (joined) => this.status.set({ joined }));
    this.network.on("resetting", (resetting) => this.status.set({ resetting }));
    new Button({
      io: this.button.io,
      pin: 0,
      pullUp: true,
      timers,
      onPress: (press) => this.status.press(press),
    });
  }

  start(): void {
    this.network.start();
    this.status.set({ starting: false });
  }

  hold(ms: number): void {
    this.button.press();
    this.timers.advance(ms);
    this.button.release();
    this.timers.advance(150);
  }

  async setWifi(change: WifiChange): Promise<void> {
    try {
      this.applies.push(await this.network.configure(change));
    } catch {
      // Rejected or not stored: a failed command.
    }
  }

  /** The radio's state, seen from outside. */
  get expected(): { joined: boolean; address: string | undefined } {
    const { station, accessPoint } = this.radio;
    if (accessPoint?.active) {
      const address = this.radio.started.at(-1)?.address;
      return { joined: accessPoint.stations > 0, address };
    }
    const address = station?.connection === 500 ? station.address : undefined;
    return { joined: address !== undefined, address };
  }
}

type Event = [name: string, apply: (camera: Camera) => unknown];

const CHANGES: WifiChange[] = [
  HOME as WifiChange,
  { ...(HOME as WifiChange), sta_pw: "not the right one" },
  { ...(HOME as WifiChange), flags: 0x91, sta_ip_addr: "192.168.1.77" },
  { flags: 0x01 },
  { flags: 0x00 },
  { ap_ssid: "Kitchen", ap_pw: "12345678" },
  { ap_ip_addr: "10.1.1.1" },
  { flags: 0x81, sta_ssid: "Nowhere" },
];

const EVENTS: readonly Event[] = [
  ...[10, 300, 1_000, 3_000, 20_000, 70_000].map((ms): Event => [`${ms} ms pass`, ({ timers }) => timers.advance(ms)]),
  ["a short press", (camera) => camera.hold(200)],
  ["a long press", (camera) => camera.hold(5_200)],
  ...CHANGES.map((change, i): Event => [`set_wifi ${i}`, (camera) => camera.setWifi(change)]),
  ["the answer to set_wifi is sent", ({ applies }) => applies.shift()?.()],
  ["the network goes out of range", ({ radio }) => radio.lose("HomeNetwork")],
  ["the network is in range", ({ home }) => (home.inRange = true)],
  ["its password changes", ({ home }) => (home.password = "changed")],
  ["its password is the old one again", ({ home }) => (home.password = "password")],
  ["DHCP is silent", ({ home }) => (home.dhcp = undefined)],
  ["DHCP is late", ({ home }) => (home.dhcp = 30_000)],
  ["DHCP works", ({ home }) => (home.dhcp = 400)],
  ["the lease is lost", ({ radio }) => radio.station?.connection === 500 && radio.station.setAddress(undefined)],
  ["a station joins", ({ radio }) => radio.accessPoint?.join(1)],
  ["all stations leave", ({ radio }) => radio.accessPoint?.join(0)],
  ["the access point crashes", ({ radio }) => radio.accessPoint?.active && radio.accessPoint.crash()],
  ["the radio breaks", ({ radio }) => (radio.broken = true)],
  ["the radio works", ({ radio }) => (radio.broken = false)],
  ["storage breaks", ({ store }) => (store.failing = true)],
  ["storage works", ({ store }) => (store.failing = false)],
  ["a client connects", ({ network, status }) => network.address !== undefined && status.set({ clients: 1 })],
  ["the client leaves", ({ status }) => status.set({ clients: 0, update: "none" })],
  ["an update is requested", ({ status }) => status.facts.clients > 0 && status.set({ update: "requested" })],
  ["the update ends", ({ status }) => status.set({ update: "none" })],
  ["the Lepton fails", ({ faults }) => faults.raise(Fault.CCI, "no answer")],
  ["the Lepton works", ({ faults }) => faults.clear(Fault.CCI)],
  ["frames stop", ({ faults }) => faults.raise(Fault.Sync, "no frame")],
  ["frames arrive", ({ faults }) => faults.clear(Fault.Sync)],
  ["the server fails", ({ faults }) => faults.raise(Fault.Network, "port in use")],
  ["the server works", ({ faults }) => faults.clear(Fault.Network)],
];

const JOIN: Event = ["set_wifi: HomeNetwork", (camera) => camera.setWifi(HOME as WifiChange)];
const APPLY: Event = ["its answer is sent", ({ applies }) => applies.shift()?.()];
const WAIT: Event = ["5 s pass", ({ timers }) => timers.advance(5_000)];

/** Invariants at any time. */
function check(camera: Camera): void {
  const { status, network, radio, timers } = camera;
  const problems: string[] = [];
  if (camera.played !== patternOf(promised(status.facts))) problems.push("the LED shows another state");
  if (status.facts.joined !== network.joined) problems.push("status and network disagree about the connection");
  if (radio.open > 1) problems.push("two drivers are open");
  if (network.joined && network.address === undefined) problems.push("connected without an address");
  // Each report differs from the one before.
  const [before, last] = camera.addresses.slice(-2);
  if (camera.addresses.length > 1 && before === last) problems.push("an address was reported twice");
  if (camera.addresses.length > 0 && last !== network.address && camera.addresses.length > 1)
    problems.push("the reported address is not the one in use");
  const { flags, cur_ip_addr } = network.describe();
  if (cur_ip_addr !== (network.address ?? "0.0.0.0")) problems.push("cur_ip_addr is wrong");
  if (((flags & 0x08) !== 0) !== network.joined) problems.push("the connected flag is wrong");
  if (((flags & 0x02) !== 0) !== radio.open > 0) problems.push("the initialized flag is wrong");
  if (timers.pending > 12) problems.push(`${timers.pending} timers run`);
  if (problems.length > 0) throw new Error(`${problems.join("; ")}\n${camera.log.lines.slice(-20).join("\n")}`);
}

/** Ends all failures: after two minutes the camera is in the state that its settings ask for. */
function recover(camera: Camera): void {
  const { status, faults, network, radio, store, home, timers, applies } = camera;
  radio.broken = false;
  store.failing = false;
  Object.assign(home, { inRange: true, password: "password", dhcp: 400 });
  for (const fault of [Fault.CCI, Fault.Sync, Fault.Network]) faults.clear(fault);
  status.set({ update: "none", clients: 0 });
  while (applies.length > 0) applies.shift()?.();
  timers.advance(120_000);
  check(camera);

  const settings = store.read();
  const off = (settings.flags & 1) === 0;
  const joins = settings.sta_ssid === "HomeNetwork" && settings.sta_pw === "password";
  const station = (settings.flags & 0x10) !== 0 ? "192.168.1.77" : "192.168.1.50";
  const wanted = (settings.flags & 0x80) === 0 ? settings.ap_ip_addr : joins ? station : undefined;
  const { expected } = camera;
  // One comparison: this runs 13,000 times, and `expect` costs more than the camera.
  expect({
    radios: off ? radio.open : 0,
    wanted: off ? undefined : network.address,
    joined: network.joined,
    address: network.address,
    faults: [...status.facts.faults],
    state: status.state,
  }).toEqual({
    radios: 0,
    wanted: off ? undefined : wanted,
    ...expected,
    faults: [],
    state: expected.joined ? "connected" : "disconnected",
  });
}

async function run(events: readonly Event[]): Promise<void> {
  const camera = new Camera();
  camera.start();
  check(camera);
  for (const [, apply] of events) {
    const result = apply(camera);
    if (result instanceof Promise) await result;
    check(camera);
  }
  recover(camera);
}

test("10,000 random sequences of events: LED and get_wifi are correct after each, and the camera recovers", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.constantFrom(...EVENTS), { minLength: 1, maxLength: 25 }), (events) => run(events)),
    { numRuns: 10_000 },
  );
});

test("every pair of events in both orders, from an access point and from a station", async () => {
  for (const first of EVENTS) {
    for (const second of EVENTS) {
      await run([first, second]);
      await run([JOIN, APPLY, WAIT, first, second]);
    }
  }
});

test("the LED keeps its rhythm while the network restarts under it (D31)", () => {
  const camera = new Camera();
  camera.start();
  camera.timers.advance(2_000);
  camera.button.press();
  camera.timers.advance(5_000);
  // The alert: 3 s of fast yellow, then the default access point without a station.
  const shown = camera.pins.watch(3_499);
  expect(shown.slice(0, -1)).toEqual(Array.from({ length: 34 }, (_, i) => [i % 2 ? "dark" : "yellow", 100]));
  camera.timers.advance(1);
  expect(camera.pins.watch(2_999)).toEqual([
    ["yellow", 1_000],
    ["dark", 1_000],
    ["yellow", 999],
  ]);
});

test("the button resets WiFi during a fault; the fault is shown again afterwards", () => {
  const camera = new Camera();
  camera.store.values = { ...camera.store.values, ...HOME };
  camera.faults.raise(Fault.CCI, "no answer");
  camera.start();
  camera.timers.advance(1_000);
  expect(camera.status.state).toBe(Fault.CCI);
  camera.hold(5_100);
  expect(camera.status.state).toBe("wifi-reset");
  camera.timers.advance(5_000);
  expect(camera.status.state).toBe(Fault.CCI);
  expect(camera.network.address).toBe("192.168.4.1");
  expect(camera.store.values).toEqual(DEFAULTS);
});
