// SPDX-License-Identifier: Apache-2.0
/** The access point. ECMA-419 has no class for it; each platform implements this specifier. */
declare module "platform/access-point" {
  export interface AccessPointStartOptions {
    ssid: string;
    /** Absent or empty: an open network; else 8 to 63 bytes, WPA2. */
    password?: string;
    channel?: number;
    /** Maximum number of stations. */
    max?: number;
    /** The access point's own address, dotted. */
    address: string;
    mask: string;
    /** Address range of the DHCP server, both ends included. Absent: the addresses after the access point's own. */
    range?: { first: string; last: string };
  }

  export type AccessPointProperty = "active" | "stations";

  export interface AccessPointOptions {
    onChanged?: (property: AccessPointProperty) => void;
  }

  class AccessPoint {
    constructor(options: AccessPointOptions);
    /** Starts it, or restarts it with other settings. `onChanged("active")` follows. Throws on invalid settings. */
    start(options: AccessPointStartOptions): void;
    stop(): void;
    close(): void;
    readonly active: boolean;
    /** Number of joined stations. */
    readonly stations: number;
    /** MAC address of the access point. */
    readonly MAC: string;
  }

  export default AccessPoint;
}
