// SPDX-License-Identifier: Apache-2.0
import type { WifiSettings } from "modules/settings/settings";

export type { WifiSettings } from "modules/settings/settings";

/**
 * What the network needs of the platform and of the stored settings. The classes of `embedded:network/interface/wifi`,
 * `platform/access-point` and `embedded:io/socket/udp` have these shapes on every platform; tests give fakes.
 */

/** The station interface: ECMA-419's `wifi`. It never reconnects by itself. */
export interface WiFi {
  /** May throw: "already connecting", or the driver refused. */
  connect(options: { SSID: string; password?: string }): void;
  disconnect(): void;
  configure(options: { hostname?: string; static?: { address: string; mask: string; gateway: string } | false }): void;
  close(): void;
  /** 200 disconnected, 300 connecting, 400 associated, 500 has addresses. */
  readonly connection: number;
  /** Dotted IPv4 address; before there is one, undefined or an IPv6 link-local address. */
  readonly address: string | undefined;
  readonly RSSI: number | undefined;
}

export interface WiFiConstructor {
  new (options: { onChanged?: (property: "connection" | "address") => void }): WiFi;
}

export interface AccessPoint {
  /** Starts, or starts again with other settings; `active` follows. Throws when the settings cannot be. */
  start(options: AccessPointSettings): void;
  stop(): void;
  close(): void;
  readonly active: boolean;
  /** Stations joined now. */
  readonly stations: number;
}

export interface AccessPointSettings {
  ssid: string;
  /** WPA2 when there is one, open when absent. */
  password?: string;
  channel: number;
  /** Stations at once. */
  max: number;
  address: string;
  mask: string;
  /** What the DHCP server hands out, both ends included. */
  range: { first: string; last: string };
}

export interface AccessPointConstructor {
  new (options: { onChanged?: (property: "active" | "stations") => void }): AccessPoint;
}

/** One datagram as ECMA-419's `udp` gives it. */
export type Datagram = ArrayBuffer & { address: string; port: number };

export interface UDPSocket {
  write(buffer: Uint8Array, address: string, port: number): void;
  read(): Datagram | undefined;
  close(): void;
  /** Joins a multicast group: the SDK's lwIP class has it instead of the `multicast` option, this project's have both. */
  add?(group: string): void;
}

export interface UDPConstructor {
  new (options: {
    port?: number;
    /** Of the interface to use, where there are several. */
    address?: string;
    multicast?: string;
    timeToLive?: number;
    onReadable?: (packets: number) => void;
    onError?: () => void;
  }): UDPSocket;
}

/** The group "wifi" of the stored settings. */
export interface WifiStore {
  read(): Readonly<WifiSettings>;
  /** Stores all of it or nothing; throws when it could not. */
  write(patch: Partial<WifiSettings>): void;
  /** Stores the defaults, and keeps nothing of what was before; throws when it could not. */
  reset(): void;
}
