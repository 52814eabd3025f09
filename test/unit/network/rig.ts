// SPDX-License-Identifier: Apache-2.0
import { NetworkManager, type WifiSettings } from "modules/network/network";
import type { Fault } from "modules/status/fault";
import { recordingLog } from "../fakes/log";
import { SyncTimers } from "../fakes/sync-timers";
import { WIFI_DEFAULTS } from "../fakes/wifi-defaults";
import { FakeRadio } from "./fake-radio";

export { WIFI_DEFAULTS as DEFAULTS };

export const HOME: Partial<WifiSettings> = { flags: 0x81, sta_ssid: "HomeNetwork", sta_pw: "password" };

/** Settings in memory. */
export class FakeStore {
  values: WifiSettings;
  /** Every write fails. */
  failing = false;
  writes: Partial<WifiSettings>[] = [];

  constructor(settings: Partial<WifiSettings> = {}) {
    this.values = { ...WIFI_DEFAULTS, ...settings };
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
    this.write(WIFI_DEFAULTS);
  }
}

export interface NetworkRig {
  timers: SyncTimers;
  radio: FakeRadio;
  store: FakeStore;
  network: NetworkManager;
  lines: string[];
  /** Calls of the callbacks, with their times. */
  reports: [at: number, what: "address" | "joined" | "reset", value: string | boolean | undefined][];
  faults: Map<Fault, string>;
  powerSave: boolean[];
  addresses(): (string | undefined)[];
}

export function networkRig(settings: Partial<WifiSettings> = {}): NetworkRig {
  const timers = new SyncTimers();
  const radio = new FakeRadio(timers);
  const store = new FakeStore(settings);
  const { log, lines } = recordingLog(() => timers.now());
  const reports: NetworkRig["reports"] = [];
  const faults = new Map<Fault, string>();
  const powerSave: boolean[] = [];
  const network = new NetworkManager({
    wifi: radio.wifi,
    accessPoint: radio.ap,
    settings: store,
    defaults: WIFI_DEFAULTS,
    stations: 3,
    timers,
    log,
    faults: { raise: (fault, reason) => faults.set(fault, reason), clear: (fault) => faults.delete(fault) },
    powerSave: (enabled) => powerSave.push(enabled),
  });
  network.on("address", (address) => reports.push([timers.now(), "address", address]));
  network.on("joined", (joined) => reports.push([timers.now(), "joined", joined]));
  network.on("resetting", (running) => reports.push([timers.now(), "reset", running]));
  const addresses = (): (string | undefined)[] =>
    reports.filter(([, what]) => what === "address").map(([, , value]) => value as string | undefined);
  return { timers, radio, store, network, lines, reports, faults, powerSave, addresses };
}
