// SPDX-License-Identifier: Apache-2.0
/** What the ESP32 offers beyond ECMA-419: each platform folder has its own implementation under this specifier. */
declare module "platform/system" {
  import type AccessPoint from "platform/access-point";

  export type ResetCause = "power-on" | "reset-pin" | "software" | "watchdog" | "panic" | "brown-out" | "unknown";

  export interface SystemInfo {
    /** Base (station) MAC address, `c4:dd:57:00:ef:b4`. The soft-AP's is one higher in its last byte. */
    readonly mac: string;
    readonly resetCause: ResetCause;
    /** Label of the partition the running image was started from. */
    readonly partition: string;
    /** Version of the running image, "major.minor". */
    readonly version: string;
    readonly project: string;
    /** The running image is on trial: without markValid() the next restart goes back to the previous one. */
    readonly trial: boolean;
    /** Crashes in a row before this start. */
    readonly crashes: number;
  }

  export interface ImageInfo {
    readonly version: string;
    readonly project: string;
    /** Bytes, with the SHA-256 at its end. */
    readonly length: number;
    /** Checksum and SHA-256 fit. */
    readonly valid: boolean;
  }

  export interface System {
    readonly info: SystemInfo;
    /** Restarts the device; the reset cause is then "software". */
    restart(): void;
    /** Makes a partition the one to start from next. Throws when it holds no valid image. */
    boot(partition: string): void;
    /** The running image works: ends its trial. */
    markValid(): void;
    /** The image has run long enough: earlier crashes no longer count. */
    clearCrashes(): void;
    /** The image in a partition, or undefined when there is none. */
    image(partition: string): ImageInfo | undefined;
    feedWatchdog(): void;
    readonly AccessPoint: typeof AccessPoint;
    /** Modem sleep of the station on or off. */
    powerSave(enabled: boolean): void;
    /**
     * Where a port of the device that has this address is found from outside: as it is, but for a device that is virtual. Dotted IPv4
     * addresses, one for each network interface.
     */
    endpoint(address: string, port: number): { addresses: readonly string[]; port: number };
    /** Writes one finished log line. */
    log(line: string): void;
  }

  const system: System;
  export default system;
}
