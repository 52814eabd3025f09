// SPDX-License-Identifier: Apache-2.0
/** The camera's radio, and the networks and stations around it (docs/radio.md). All times are board time. */
import type { AlarmHandle, Clock } from "../lepton";
import { Signal } from "./signal";
import { addressAfter, type ApRequest, type RadioRequest, type StaticAddress } from "./radio-requests";
import { opens } from "./wpa2";

/** A network's DHCP server: `silent` never answers. */
export interface DhcpBehaviour {
  readonly mode: "normal" | "late" | "silent";
  /** Milliseconds after association, for `late`. */
  readonly delay?: number;
}

/** A network around the camera. */
export interface RadioNetwork {
  readonly ssid: string;
  /** A passphrase, or its key as 64 hexadecimal digits. Empty: open. */
  readonly password: string;
  readonly bssid: string;
  readonly channel: number;
  /** dBm. */
  readonly rssi: number;
  readonly inRange: boolean;
  /** Refuses association. */
  readonly refuse: boolean;
  readonly dhcp: DhcpBehaviour;
  /** Address that DHCP assigns. */
  readonly lease: StaticAddress;
}

/** A station around the camera that may join its access point. */
export interface RadioStation {
  readonly mac: string;
  /** Joins whenever there is an access point. */
  readonly auto: boolean;
  /** The password it tries; absent: the right one. */
  readonly password?: string;
}

export type RadioEvent = Readonly<Record<string, unknown>> & { readonly event: string };

const HOME_NETWORK: RadioNetwork = {
  ssid: "HomeNetwork",
  password: "password",
  bssid: "02:00:00:00:10:01",
  channel: 6,
  rssi: -52,
  inRange: true,
  refuse: false,
  dhcp: { mode: "normal" },
  lease: { address: "192.168.1.50", mask: "255.255.255.0", gateway: "192.168.1.1" },
};

const THIS_COMPUTER: RadioStation = { mac: "02:00:00:00:20:01", auto: true };

/** Durations in milliseconds, of the order seen on an ESP32. */
const SCAN = 1200;
const ASSOCIATE = 300;
const NOT_FOUND = 1500;
const WRONG_PASSWORD = 800;
const REFUSED = 500;
const DHCP = 400;
const BEACONS_LOST = 6000;
const AP_START = 200;
const STATION_JOINS = 500;

/** The station role of the camera. */
type Station =
  | { readonly state: "idle" }
  | { readonly state: "joining" | "joined"; readonly ssid: string; readonly password: string; address?: string };

/** The radio. A new alarm for a purpose replaces the pending one. */
export class Radio {
  /** Events, for the control API. */
  readonly changed = new Signal<RadioEvent>();
  readonly #clock: Clock;
  /** MAC address of the access point. */
  readonly apMac: string;
  readonly #alarms = new Map<string, AlarmHandle>();
  readonly #networks = new Map<string, RadioNetwork>([[HOME_NETWORK.ssid, HOME_NETWORK]]);
  /** Stations around the camera, by MAC. */
  readonly #stations = new Map<string, RadioStation>([[THIS_COMPUTER.mac, THIS_COMPUTER]]);
  /** Address by MAC of the stations that have joined the access point. */
  readonly #joined = new Map<string, string>();
  #send: ((event: RadioEvent) => void) | undefined;
  #station: Station = { state: "idle" };
  #static: StaticAddress | undefined;
  #ap: ApRequest | undefined;
  #apUp = false;

  /** @param apMac MAC address of the access point */
  constructor(clock: Clock, apMac: string) {
    this.#clock = clock;
    this.apMac = apMac;
  }

  /** Connects the firmware, or (undefined) switches the radio off. */
  attach(send: ((event: RadioEvent) => void) | undefined): void {
    for (const alarm of this.#alarms.values()) this.#clock.cancel(alarm);
    this.#alarms.clear();
    this.#station = { state: "idle" };
    this.#static = undefined;
    this.#ap = undefined;
    this.#apUp = false;
    this.#joined.clear();
    this.#send = send;
  }

  /** Handles a request of the firmware. */
  handle(request: RadioRequest): void {
    switch (request.do) {
      case "scan":
        return this.#later("scan", SCAN, () => this.#emit({ event: "scan", networks: this.#visible() }));
      case "connect":
        return this.#connect(request.ssid, request.password);
      case "disconnect":
        this.#drop();
        return this.#emit({ event: "disconnected", reason: "left" });
      case "configure":
        this.#static = request.static;
        return this.#startAddress();
      case "access-point":
        return request.start ? this.#startAp(request.start) : this.#stopAp();
    }
  }

  /** Adds a network, or changes the given fields of one. */
  setNetwork(change: Partial<RadioNetwork> & { ssid: string }): void {
    const before = this.#networks.get(change.ssid);
    const after = { ...(before ?? { ...HOME_NETWORK, password: "" }), ...change };
    this.#networks.set(change.ssid, after);
    this.#networkChanged(change.ssid, before, after);
  }

  /** Removes a network. @returns false when there was none */
  removeNetwork(ssid: string): boolean {
    const before = this.#networks.get(ssid);
    if (!before) return false;
    this.#networks.delete(ssid);
    this.#networkChanged(ssid, before, undefined);
    return true;
  }

  /** Adds a station, which joins the access point now if its password is right. */
  stationJoins(station: RadioStation): void {
    this.#stations.set(station.mac, station);
    this.#join(station);
  }

  /** A station leaves and does not come back by itself. @returns false when it had not joined */
  stationLeaves(mac: string): boolean {
    const station = this.#stations.get(mac);
    if (station) this.#stations.set(mac, { ...station, auto: false });
    this.#cancel(`station ${mac}`);
    if (!this.#joined.delete(mac)) return false;
    this.#emit({ event: "station-left", mac });
    return true;
  }

  /** The state as plain data, with the passwords, which are test data. */
  describe(): Record<string, unknown> {
    const station = this.#station;
    return {
      on: this.#send !== undefined,
      link: {
        state: station.state,
        ...(station.state !== "idle" && { ssid: station.ssid, address: station.address ?? null }),
      },
      accessPoint:
        this.#apUp && this.#ap
          ? { ssid: this.#ap.ssid, open: this.#ap.password === "", address: this.#ap.address }
          : null,
      networks: [...this.#networks.values()],
      stations: [...this.#stations.values()].map((station) => ({
        ...station,
        joined: this.#joined.has(station.mac),
        address: this.#joined.get(station.mac) ?? null,
      })),
    };
  }

  #connect(ssid: string, password: string): void {
    this.#drop();
    const network = this.#networks.get(ssid);
    this.#station = { state: "joining", ssid, password };
    if (!network?.inRange) return this.#fail(NOT_FOUND, "no-network");
    if (network.refuse) return this.#fail(REFUSED, "refused");
    if (!opens(password, network.password, ssid)) return this.#fail(WRONG_PASSWORD, "authentication");
    this.#later("station", ASSOCIATE, () => this.#associated(ssid, password));
  }

  #fail(delay: number, reason: string): void {
    this.#later("station", delay, () => {
      this.#drop();
      this.#emit({ event: "disconnected", reason });
    });
  }

  #associated(ssid: string, password: string): void {
    // The network may have changed meanwhile.
    const network = this.#networks.get(ssid);
    if (!network?.inRange) return this.#fail(NOT_FOUND - ASSOCIATE, "no-network");
    this.#station = { state: "joined", ssid, password };
    this.#emit({ event: "connected", ssid, bssid: network.bssid, rssi: network.rssi, channel: network.channel });
    this.#startAddress();
  }

  #startAddress(): void {
    this.#cancel("address");
    if (this.#station.state !== "joined") return;
    if (this.#static) return this.#gotAddress(this.#static);
    const network = this.#networks.get(this.#station.ssid);
    if (!network || network.dhcp.mode === "silent") return;
    const delay = network.dhcp.mode === "late" ? (network.dhcp.delay ?? 0) : DHCP;
    this.#later("address", delay, () => this.#gotAddress(network.lease));
  }

  #gotAddress({ address, mask, gateway }: StaticAddress): void {
    if (this.#station.state !== "joined") return;
    this.#station.address = address;
    this.#emit({ event: "address", address, mask, gateway });
  }

  /** Leaves the network without an event. */
  #drop(): void {
    this.#station = { state: "idle" };
    for (const purpose of ["station", "address", "beacons"]) this.#cancel(purpose);
  }

  #networkChanged(ssid: string, before: RadioNetwork | undefined, after: RadioNetwork | undefined): void {
    const station = this.#station;
    if (station.state !== "joined" || station.ssid !== ssid) return;
    if (!after?.inRange) {
      if (before?.inRange) this.#lostLater();
      return;
    }
    this.#cancel("beacons");
    if (!opens(station.password, after.password, ssid) || after.refuse) {
      this.#drop();
      return this.#emit({ event: "disconnected", reason: after.refuse ? "refused" : "authentication" });
    }
    if (before && before.rssi !== after.rssi) this.#emit({ event: "rssi", rssi: after.rssi });
    if (before && !this.#static) this.#leaseChanged(station, before, after);
  }

  #leaseChanged(station: { address?: string }, before: RadioNetwork, after: RadioNetwork): void {
    const changed = JSON.stringify([before.lease, before.dhcp]) !== JSON.stringify([after.lease, after.dhcp]);
    if (!changed) return;
    if (after.dhcp.mode === "silent") {
      this.#cancel("address");
      if (station.address === undefined) return;
      delete station.address;
      this.#emit({ event: "address-lost" });
    } else this.#startAddress();
  }

  #lostLater(): void {
    this.#later("beacons", BEACONS_LOST, () => {
      this.#drop();
      this.#emit({ event: "disconnected", reason: "lost" });
    });
  }

  #visible(): Record<string, unknown>[] {
    const visible = [...this.#networks.values()].filter((network) => network.inRange);
    visible.sort((a, b) => b.rssi - a.rssi);
    return visible.map(({ ssid, bssid, rssi, channel, password }) => {
      return { ssid, bssid, rssi, channel, authentication: password === "" ? "none" : "wpa2" };
    });
  }

  #startAp(request: ApRequest): void {
    this.#stationsLeave();
    this.#ap = request;
    this.#apUp = false;
    this.#later("ap", AP_START, () => {
      this.#apUp = true;
      this.#emit({ event: "access-point", up: true, ssid: request.ssid, mac: this.apMac, address: request.address });
      for (const station of this.#stations.values())
        if (station.auto) this.#later(`station ${station.mac}`, STATION_JOINS, () => this.#join(station));
    });
  }

  #stopAp(): void {
    this.#cancel("ap");
    this.#stationsLeave();
    this.#ap = undefined;
    this.#apUp = false;
    this.#emit({ event: "access-point", up: false });
  }

  #stationsLeave(): void {
    for (const mac of this.#stations.keys()) this.#cancel(`station ${mac}`);
    for (const mac of [...this.#joined.keys()]) {
      this.#joined.delete(mac);
      this.#emit({ event: "station-left", mac });
    }
  }

  #join(station: RadioStation): void {
    const ap = this.#ap;
    if (!ap || !this.#apUp || this.#joined.has(station.mac) || this.#joined.size >= ap.max) return;
    if (station.password !== undefined && !opens(station.password, ap.password, ap.ssid)) return;
    let address = addressAfter(ap.address, 1);
    for (let n = 2; [...this.#joined.values()].includes(address); n++) address = addressAfter(ap.address, n);
    this.#joined.set(station.mac, address);
    this.#emit({ event: "station-joined", mac: station.mac, address });
  }

  #emit(event: RadioEvent): void {
    this.#send?.(event);
    this.changed.emit(event);
  }

  /** Calls back after `delay` milliseconds; replaces a pending alarm for the same purpose. */
  #later(purpose: string, delay: number, callback: () => void): void {
    this.#cancel(purpose);
    const alarm = this.#clock.alarm(this.#clock.now() + delay * 1000, () => {
      this.#alarms.delete(purpose);
      callback();
    });
    this.#alarms.set(purpose, alarm);
  }

  #cancel(purpose: string): void {
    const alarm = this.#alarms.get(purpose);
    if (alarm) this.#clock.cancel(alarm);
    this.#alarms.delete(purpose);
  }
}
