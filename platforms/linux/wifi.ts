// SPDX-License-Identifier: Apache-2.0
import type Declared from "embedded:network/interface/wifi";
import type {
  WiFiChangedProperty,
  WiFiConfigureOptions,
  WiFiConnectOptions,
  WiFiConstructorOptions,
  WiFiScanOptions,
} from "embedded:network/interface/wifi";
import { byteCount, isAddress, radio } from "platforms/linux/radio";
import type { RadioEvent } from "platforms/linux/radio";

const Disconnected = 200;
const Connecting = 300;
const Connected = 400;
const HasAddress = 500;

interface Joined {
  ssid: string;
  bssid: string;
  rssi: number;
  channel: number;
}

/** The one station, shared by all instances. */
const station = {
  connection: Disconnected,
  joined: undefined as Joined | undefined,
  address: undefined as string | undefined,
  /** Pending answers to `disconnect`: events before them are about the network that was left. */
  leaving: 0,
};

const instances = new Set<WiFi>();
let scanning: { owner: WiFi | undefined; options: WiFiScanOptions } | undefined;

const leave = (): void => {
  station.connection = Disconnected;
  station.joined = undefined;
  station.address = undefined;
};

/** Applies an event. @returns the changed properties, in the order of their onChanged calls */
const update = (event: RadioEvent): readonly WiFiChangedProperty[] => {
  if ("disconnected" === event.event && "left" === event.reason && station.leaving) {
    station.leaving--;
    return [];
  }
  if (station.leaving) return [];
  switch (event.event) {
    case "connected":
      station.connection = Connected;
      station.joined = event;
      return ["connection"];
    case "address":
      if (!station.joined) return [];
      station.address = event.address;
      if (HasAddress === station.connection) return ["address"];
      station.connection = HasAddress;
      return ["connection", "address"];
    case "address-lost":
      if (!station.address) return [];
      station.address = undefined;
      station.connection = Connected;
      return ["connection", "address"];
    case "rssi":
      if (station.joined) station.joined.rssi = event.rssi;
      return [];
    case "disconnected":
      leave();
      return ["connection"];
    case "error":
      if ("connect" !== event.do || Connecting !== station.connection) return [];
      leave();
      return ["connection"];
    case "access-point":
    case "station-joined":
    case "station-left":
    case "scan":
      return [];
  }
};

const finishScan = (event: RadioEvent & { event: "scan" }): void => {
  const { owner, options } = scanning ?? {};
  scanning = undefined;
  if (!owner || !options) return;
  const { channel } = options;
  for (const { ssid, bssid, rssi, channel: found } of event.networks)
    if (instances.has(owner) && (!channel || channel === found))
      options.onFound?.call(owner, { SSID: ssid, BSSID: bssid, RSSI: rssi, channel: found });
  if (instances.has(owner)) options.onComplete?.call(owner);
};

const onEvent = (event: RadioEvent): void => {
  if ("scan" === event.event) finishScan(event);
  else for (const property of update(event)) notify(property);
};

const notify = (property: WiFiChangedProperty, except?: WiFi): void => {
  for (const instance of [...instances]) if (instance !== except && instances.has(instance)) instance.changed(property);
};

/** The board's radio as a station, with the ESP32's semantics. It never reconnects by itself. */
class WiFi implements Declared {
  private readonly onChanged: ((property: WiFiChangedProperty) => void) | undefined;

  constructor(options: WiFiConstructorOptions) {
    this.onChanged = options.onChanged;
    if (!instances.size) radio.use(onEvent);
    instances.add(this);
  }
  close(): void {
    if (!instances.delete(this)) return;
    if (scanning?.owner === this) scanning.owner = undefined;
    if (instances.size) return;
    radio.release(onEvent);
    // Closing the radio ends the connection, and no answer comes.
    leave();
    station.leaving = 0;
    scanning = undefined;
  }
  scan(options: WiFiScanOptions): void {
    this.open();
    if (scanning) throw new Error("already scanning");
    const { onFound, onComplete, channel } = options;
    if (!onFound) throw new Error("onFound required");
    radio.send({ do: "scan" });
    scanning = {
      owner: this,
      options: { onFound, ...(onComplete && { onComplete }), ...(channel && { channel: Number(channel) }) },
    };
  }
  connect(options: WiFiConnectOptions): void {
    this.open();
    if (Connecting === station.connection) throw new Error("already connecting");
    if (undefined === options.SSID) throw new Error("SSID required");
    const ssid = `${options.SSID}`;
    const password = undefined === options.password ? "" : `${options.password}`;
    if (byteCount(ssid) > 32 || byteCount(password) > 64) throw new RangeError("SSID or password too long");
    radio.send({ do: "connect", ssid, password });
    leave();
    station.connection = Connecting;
  }
  disconnect(): void {
    this.open();
    radio.send({ do: "disconnect" });
    station.leaving++;
    const changed = Disconnected !== station.connection;
    leave();
    if (changed) void Promise.resolve().then(() => notify("connection", this));
  }
  configure(options: WiFiConfigureOptions): void {
    this.open();
    if ("hostname" in options && byteCount(`${options.hostname}`) > 63) throw new Error("set hostname failed");
    if (!("static" in options)) return;
    if (options.static)
      for (const name of ["address", "mask", "gateway"] as const)
        if (!isAddress(`${options.static[name]}`)) throw new RangeError(`invalid ${name}`);
    radio.send({ do: "configure", static: options.static || false });
    if (!station.address) return;
    // At once, as ESP-IDF does; the radio's events follow.
    if (options.static) station.address = `${options.static.address}`;
    else {
      station.address = undefined;
      station.connection = Connected;
      void Promise.resolve().then(() => notify("connection"));
    }
  }
  get connection(): number {
    this.open();
    return station.connection;
  }
  get address(): string | undefined {
    this.open();
    return station.address;
  }
  get MAC(): string | undefined {
    this.open();
    return radio.mac;
  }
  get SSID(): string | undefined {
    this.open();
    return station.joined?.ssid;
  }
  get BSSID(): string | undefined {
    this.open();
    return station.joined?.bssid;
  }
  get RSSI(): number | undefined {
    this.open();
    return station.joined?.rssi;
  }
  get channel(): number | undefined {
    this.open();
    return station.joined?.channel;
  }

  /** Called for every instance when the station changes. */
  changed(property: WiFiChangedProperty): void {
    this.onChanged?.call(this, property);
  }
  private open(): void {
    if (!instances.has(this)) throw new SyntaxError("closed");
  }
}

export default WiFi;
