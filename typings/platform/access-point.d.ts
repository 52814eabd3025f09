// SPDX-License-Identifier: Apache-2.0
/** The soft access point, which ECMA-419 has no class for: each platform folder has its own implementation under this specifier. */
declare module "platform/access-point" {
  export interface AccessPointStartOptions {
    ssid: string;
    /** Absent or empty: an open network; else 8 to 63 bytes, WPA2. */
    password?: string;
    channel?: number;
    /** Stations at once. */
    max?: number;
    /** The access point's own address, dotted. */
    address: string;
    mask: string;
    /** What the DHCP server hands out, both ends included. Absent: the addresses after the access point's own. */
    range?: { first: string; last: string };
  }

  export type AccessPointProperty = "active" | "stations";

  export interface AccessPointOptions {
    onChanged?: (property: AccessPointProperty) => void;
  }

  class AccessPoint {
    constructor(options: AccessPointOptions);
    /** Starts it, or starts it anew with other settings. `onChanged("active")` follows. Throws on settings that cannot be. */
    start(options: AccessPointStartOptions): void;
    stop(): void;
    close(): void;
    readonly active: boolean;
    /** Stations joined now. */
    readonly stations: number;
    /** MAC address of the access point. */
    readonly MAC: string;
  }

  export default AccessPoint;
}
