// SPDX-License-Identifier: Apache-2.0
import type {
  AccessPoint,
  AccessPointConstructor,
  AccessPointSettings,
  WiFi,
  WiFiConstructor,
} from "modules/network/io";
import type { SyncTimers } from "../fakes/sync-timers";

export interface FakeNetwork {
  password: string;
  inRange: boolean;
  /** Milliseconds from association to the lease; undefined: DHCP is silent. */
  dhcp: number | undefined;
  lease: string;
}

/** Networks and the two driver classes. As the SDK's they do not reconnect, and their own disconnect causes no event. */
export class FakeRadio {
  static readonly ASSOCIATE = 300;
  static readonly NOT_FOUND = 1_500;
  static readonly REFUSED = 800;
  static readonly AP_UP = 200;
  readonly timers: SyncTimers;
  readonly networks = new Map<string, FakeNetwork>();
  /** The driver cannot be set up. */
  broken = false;
  /** Associations do not end. */
  mute = false;
  /** Events get lost. */
  deaf = false;
  /** configure() throws. */
  refusing = false;
  /** The access point does not come up. */
  stuck = false;
  station: FakeWiFi | undefined;
  /** Every station driver opened so far. */
  readonly stations: FakeWiFi[] = [];
  accessPoint: FakeAccessPoint | undefined;
  /** Every connect, with its time. */
  readonly attempts: { at: number; SSID: string; password: string | undefined }[] = [];
  readonly configured: unknown[] = [];
  readonly started: AccessPointSettings[] = [];
  opened = 0;

  constructor(timers: SyncTimers) {
    this.timers = timers;
  }

  addNetwork(ssid: string, change: Partial<FakeNetwork> = {}): FakeNetwork {
    const network = { password: "password", inRange: true, dhcp: 400, lease: "192.168.1.50", ...change };
    this.networks.set(ssid, network);
    return network;
  }

  readonly wifi: WiFiConstructor = ((radio: FakeRadio) =>
    class extends FakeWiFi {
      constructor(options: { onChanged?: (property: "connection" | "address") => void }) {
        super(radio, options.onChanged);
      }
    })(this);

  readonly ap: AccessPointConstructor = ((radio: FakeRadio) =>
    class extends FakeAccessPoint {
      constructor(options: { onChanged?: (property: "active" | "stations") => void }) {
        super(radio, options.onChanged);
      }
    })(this);

  /** Number of open drivers, at most one. */
  get open(): number {
    return (this.station ? 1 : 0) + (this.accessPoint ? 1 : 0);
  }

  /** The joined network goes out of range. */
  lose(ssid: string): void {
    const network = this.networks.get(ssid);
    if (network) network.inRange = false;
    this.station?.lost(ssid);
  }

  openDriver(): void {
    this.opened++;
    if (this.broken) throw new Error("driver: no memory");
    if (this.open > 0) throw new Error("driver: the radio is in use");
  }
}

type Changed<T> = ((property: T) => void) | undefined;

class FakeWiFi implements WiFi {
  readonly #radio: FakeRadio;
  readonly #onChanged: Changed<"connection" | "address">;
  connection = 200;
  address: string | undefined;
  RSSI = -52;
  joined: string | undefined;
  #fixed: { address: string } | false = false;
  #timer: object | undefined;
  #closed = false;

  constructor(radio: FakeRadio, onChanged: Changed<"connection" | "address">) {
    radio.openDriver();
    this.#radio = radio;
    this.#onChanged = onChanged;
    radio.station = this;
    radio.stations.push(this);
  }

  configure(options: Parameters<WiFi["configure"]>[0]): void {
    this.#check();
    this.#radio.configured.push(options);
    if (this.#radio.refusing) throw new RangeError("invalid address");
    if (options.static !== undefined) this.#fixed = options.static;
  }

  connect({ SSID, password }: { SSID: string; password?: string }): void {
    this.#check();
    if (this.connection === 300) throw new Error("already connecting");
    const { timers, networks, attempts } = this.#radio;
    attempts.push({ at: timers.now(), SSID, password });
    this.#set(300, undefined, false);
    if (this.#radio.mute) return;
    const network = networks.get(SSID);
    if (!network?.inRange) this.#after(FakeRadio.NOT_FOUND, () => this.#set(200));
    else if (network.password !== (password ?? "")) this.#after(FakeRadio.REFUSED, () => this.#set(200));
    else this.#after(FakeRadio.ASSOCIATE, () => this.#associated(SSID, network));
  }

  disconnect(): void {
    this.#check();
    this.#radio.timers.clear(this.#timer);
    this.joined = undefined;
    this.#set(200, undefined, false);
  }

  close(): void {
    this.#check();
    this.disconnect();
    this.#closed = true;
    if (this.#radio.station === this) this.#radio.station = undefined;
  }

  lost(ssid: string): void {
    if (this.joined !== ssid) return;
    this.#radio.timers.clear(this.#timer);
    this.joined = undefined;
    this.#set(200);
  }

  /** Changes or ends the lease. @param report with an event */
  setAddress(address: string | undefined, report = true): void {
    this.#set(address === undefined ? 400 : 500, address, report);
  }

  /** An event that arrives after the driver was closed. */
  reportLate(address: string | undefined): void {
    this.connection = address === undefined ? 200 : 500;
    this.address = address;
    this.#onChanged?.("connection");
  }

  #associated(ssid: string, network: FakeNetwork): void {
    this.joined = ssid;
    // Before the IPv4 address the SDK's driver reports the IPv6 link-local address.
    this.#set(400, "fe80::c6dd:57ff:fe00:efb4");
    if (this.#fixed) this.#set(500, this.#fixed.address);
    else if (network.dhcp !== undefined) this.#after(network.dhcp, () => this.#set(500, network.lease));
  }

  #set(connection: number, address?: string, report = true): void {
    const connectionChanged = connection !== this.connection;
    const addressChanged = address !== this.address;
    this.connection = connection;
    this.address = address;
    if (!report || this.#radio.deaf) return;
    if (connectionChanged) this.#onChanged?.("connection");
    if (addressChanged && !this.#closed) this.#onChanged?.("address");
  }

  #after(delay: number, callback: () => void): void {
    this.#radio.timers.clear(this.#timer);
    this.#timer = this.#radio.timers.set(callback, delay);
  }

  #check(): void {
    if (this.#closed) throw new Error("closed");
  }
}

class FakeAccessPoint implements AccessPoint {
  readonly #radio: FakeRadio;
  readonly #onChanged: Changed<"active" | "stations">;
  active = false;
  stations = 0;
  #timer: object | undefined;
  #closed = false;

  constructor(radio: FakeRadio, onChanged: Changed<"active" | "stations">) {
    radio.openDriver();
    this.#radio = radio;
    this.#onChanged = onChanged;
    radio.accessPoint = this;
  }

  start(settings: AccessPointSettings): void {
    this.#radio.started.push(settings);
    if (this.#radio.stuck) return;
    this.#timer = this.#radio.timers.set(() => {
      this.active = true;
      this.#onChanged?.("active");
    }, FakeRadio.AP_UP);
  }

  stop(): void {
    if (this.#closed) throw new Error("closed");
    this.#radio.timers.clear(this.#timer);
    this.active = false;
    this.stations = 0;
  }

  close(): void {
    this.stop();
    this.#closed = true;
    if (this.#radio.accessPoint === this) this.#radio.accessPoint = undefined;
  }

  /** Sets the number of joined stations. */
  join(stations: number): void {
    if (!this.active) return;
    this.stations = stations;
    this.#onChanged?.("stations");
  }

  /** The access point goes down by itself. */
  crash(): void {
    this.active = false;
    this.stations = 0;
    this.#onChanged?.("active");
  }
}
