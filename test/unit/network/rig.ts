// SPDX-License-Identifier: Apache-2.0
import { NetworkManager, type WifiSettings } from "modules/network/network";
import type { Fault } from "modules/status/fault";
import { recordingLog } from "../fakes/log";
import { SyncTimers } from "../fakes/sync-timers";
import { FakeRadio } from "./fake-radio";

export const DEFAULTS: Readonly<WifiSettings> = {
  ap_ssid: "tCam-Mini-EFB5",
  ap_pw: "",
  ap_ip_addr: "192.168.4.1",
  sta_ssid: "",
  sta_pw: "",
  sta_ip_addr: "192.168.4.2",
  sta_netmask: "255.255.255.0",
  sta_gateway: "",
  flags: 0x01,
};

export const HOME: Partial<WifiSettings> = { flags: 0x81, sta_ssid: "HomeNetwork", sta_pw: "password" };

/** Stored settings that can refuse to be written. */
export class FakeStore {
  values: WifiSettings;
  failing = false;
  writes: Partial<WifiSettings>[] = [];

  constructor(settings: Partial<WifiSettings> = {}) {
    this.values = { ...DEFAULTS, ...settings };
  }

  read(): Readonly<WifiSettings> {
    return this.values;
  }

  write(patch: Partial<WifiSettings>): void {
    if (this.failing) throw new Error("NVS: not enough space");
    this.writes.push(patch);
    this.values = { ...this.values, ...patch };
  }

  reset(): void {
    this.write(DEFAULTS);
  }
}

export interface NetworkRig {
  timers: SyncTimers;
  radio: FakeRadio;
  store: FakeStore;
  network: NetworkManager;
  lines: string[];
  /** Everything that was told, with its time. */
  told: [at: number, what: "address" | "joined" | "reset", value: string | boolean | undefined][];
  faults: Map<Fault, string>;
  powerSave: boolean[];
  addresses(): (string | undefined)[];
}

export function networkRig(settings: Partial<WifiSettings> = {}): NetworkRig {
  const timers = new SyncTimers();
  const radio = new FakeRadio(timers);
  const store = new FakeStore(settings);
  const { log, lines } = recordingLog(() => timers.now());
  const told: NetworkRig["told"] = [];
  const faults = new Map<Fault, string>();
  const powerSave: boolean[] = [];
  const network = new NetworkManager({
    wifi: radio.wifi,
    accessPoint: radio.ap,
    settings: store,
    defaults: DEFAULTS,
    stations: 3,
    timers,
    log,
    faults: { raise: (fault, reason) => faults.set(fault, reason), clear: (fault) => faults.delete(fault) },
    powerSave: (enabled) => powerSave.push(enabled),
  });
  network.on("address", (address) => told.push([timers.now(), "address", address]));
  network.on("joined", (joined) => told.push([timers.now(), "joined", joined]));
  network.on("resetting", (running) => told.push([timers.now(), "reset", running]));
  const addresses = (): (string | undefined)[] =>
    told.filter(([, what]) => what === "address").map(([, , value]) => value as string | undefined);
  return { timers, radio, store, network, lines, told, faults, powerSave, addresses };
}
