// SPDX-License-Identifier: Apache-2.0
declare module "embedded:network/interface/wifi" {
  import type { PortSpecifier } from "embedded:io/_common";

  export type WiFiChangedProperty = "connection" | "address";

  export interface WiFiConstructorOptions {
    port?: PortSpecifier;
    onChanged?: (property: WiFiChangedProperty) => void;
  }

  export interface WiFiScanResult {
    SSID: string;
    channel: number;
    /** dBm */
    RSSI: number;
    BSSID?: string;
  }

  export interface WiFiScanOptions {
    channel?: number;
    onFound?: (result: WiFiScanResult) => void;
    onComplete?: () => void;
  }

  export interface WiFiConnectOptions {
    SSID: string;
    /** 8 to 63 bytes, or 64 hexadecimal digits: the WPA2 key itself. Absent: an open network. */
    password?: string;
    channel?: number;
  }

  export interface WiFiStaticAddress {
    address: string;
    mask: string;
    gateway: string;
  }

  export interface WiFiConfigureOptions {
    hostname?: string;
    static?: WiFiStaticAddress | false;
  }

  /** The station interface. It does not reconnect by itself. */
  class WiFi {
    constructor(options: WiFiConstructorOptions);
    close(): void;
    scan(options: WiFiScanOptions): void;
    connect(options: WiFiConnectOptions): void;
    disconnect(): void;
    configure(options: WiFiConfigureOptions): void;
    /** 200 disconnected, 300 connecting, 400 connected to the access point, 500 has addresses. */
    readonly connection: number;
    readonly address: string | undefined;
    readonly MAC: string | undefined;
    readonly SSID: string | undefined;
    readonly BSSID: string | undefined;
    readonly RSSI: number | undefined;
    readonly channel: number | undefined;
  }

  export default WiFi;
}
