// SPDX-License-Identifier: Apache-2.0
import type { WifiSettings } from "modules/settings/settings";

export type { WifiSettings } from "modules/settings/settings";

/**
 * What the network needs from the platform and from the stored settings. The classes of
 * `embedded:network/interface/wifi`, `platform/access-point` and `embedded:io/socket/udp` have these shapes on every
 * platform; tests pass fakes.
 */

/** The station interface: ECMA-419's `wifi`. It never reconnects by itself. */
export interface WiFi {
  /** May throw: "already connecting", or an error of the driver. */
  connect(options: { SSID: string; password?: string }): void;
  disconnect(): void;
  configure(options: { hostname?: string; static?: { address: string; mask: string; gateway: string } | false }): void;
  close(): void;
  /** 200 disconnected, 300 connecting, 400 associated, 500 has addresses. */
  readonly connection: number;
  /** Dotted IPv4 address; until there is one, undefined or an IPv6 link-local address. */
  readonly address: string | undefined;
  readonly RSSI: number | undefined;
}

export interface WiFiConstructor {
  new (options: { onChanged?: (property: "connection" | "address") => void }): WiFi;
}

export interface AccessPoint {
  /** Starts, or restarts with other settings; `active` follows. Throws on invalid settings. */
  start(options: AccessPointSettings): void;
  stop(): void;
  close(): void;
  readonly active: boolean;
  /** Number of joined stations. */
  readonly stations: number;
}

export interface AccessPointSettings {
  ssid: string;
  /** Present: WPA2. Absent: open. */
  password?: string;
  channel: number;
  /** Maximum number of stations. */
  max: number;
  address: string;
  mask: string;
  /** The DHCP server's address range, both ends included. */
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
  /**
   * Joins a multicast group. The SDK's lwIP class has it instead of the `multicast` option, this project's classes have
   * both.
   */
  add?(group: string): void;
}

export interface UDPConstructor {
  new (options: {
    port?: number;
    /** Address of the interface to use. */
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
  /** Stores all of it or nothing; throws on failure. */
  write(patch: Partial<WifiSettings>): void;
  /** Stores the defaults and erases everything before; throws on failure. */
  reset(): void;
}
