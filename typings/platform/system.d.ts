// SPDX-License-Identifier: Apache-2.0
/** Functions of the ESP32 beyond ECMA-419; each platform implements this specifier. */
declare module "platform/system" {
  import type AccessPoint from "platform/access-point";
  import type Slot from "platforms/common/slot";

  export type ResetCause = "power-on" | "reset-pin" | "software" | "watchdog" | "panic" | "brown-out" | "unknown";

  export interface SystemInfo {
    /** Base (station) MAC address, `c4:dd:57:00:ef:b4`. The soft-AP's is one higher in its last byte. */
    readonly mac: string;
    readonly resetCause: ResetCause;
    /** Milliseconds from the chip's power-on until this was read, ROM and bootloader included; never too many. */
    readonly poweredFor: number;
    /** Label of the running image's partition. */
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
    /** Bytes, including the SHA-256 at the end. */
    readonly length: number;
    /** Checksum and SHA-256 are right. */
    readonly valid: boolean;
  }

  export interface System {
    readonly info: SystemInfo;
    /** Restarts the device; the reset cause is then "software". */
    restart(): void;
    /** Selects the partition of the next start. Throws if it has no valid image. */
    boot(partition: string): void;
    /** The same, while JavaScript goes on: on the ESP32 it reads the whole image. */
    select(partition: string): Promise<void>;
    /** Opens the slot for an update. Throws if the board has no second slot. */
    openSlot(): Slot;
    /** The running image works: ends its trial. */
    markValid(): void;
    /** The image has run long enough: earlier crashes no longer count. */
    clearCrashes(): void;
    /** The image in a partition; undefined: no image. */
    image(partition: string): ImageInfo | undefined;
    feedWatchdog(): void;
    readonly AccessPoint: typeof AccessPoint;
    /** Modem sleep of the station on or off. */
    powerSave(enabled: boolean): void;
    /**
     * Addresses (dotted IPv4, one for each network interface) and port at which clients reach a port of this camera. A virtual camera's
     * differ from its own, and some of its ports may be closed: undefined.
     */
    endpoint(address: string, port: number): { addresses: readonly string[]; port: number } | undefined;
    /** Writes one finished log line. */
    log(line: string): void;
  }

  const system: System;
  export default system;
}
