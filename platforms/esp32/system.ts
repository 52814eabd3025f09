// SPDX-License-Identifier: Apache-2.0
import AccessPoint from "platform/access-point";
import type { ImageInfo, System, SystemInfo } from "platform/system";
import Slot from "platforms/common/slot";
import Time from "time";

function readInfo(this: void): SystemInfo {
  return native("xs_esp32_info").call(this) as SystemInfo;
}

const info: SystemInfo = Object.freeze(readInfo());

/** See native/esp32-system.c. */
const system: System = {
  info,
  AccessPoint,
  openSlot(): Slot {
    return new Slot();
  },
  restart(): void {
    native("xs_esp32_restart").call(this);
  },
  boot(partition: string): void {
    native("xs_esp32_boot").call(this, partition);
  },
  select(partition: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const done = (problem?: string): void => {
        if (problem === undefined) resolve();
        else reject(new Error(problem));
      };
      native("xs_esp32_select").call(this, partition, done);
    });
  },
  markValid(): void {
    native("xs_esp32_mark_valid").call(this);
  },
  image(partition: string): ImageInfo | undefined {
    return native("xs_esp32_image").call(this, partition) as ImageInfo | undefined;
  },
  clearCrashes(): void {
    native("xs_esp32_clear_crashes").call(this);
  },
  powerSave(enabled: boolean): void {
    native("xs_esp32_power_save").call(this, enabled);
  },
  endpoint(address: string, port: number): { addresses: readonly string[]; port: number } {
    return { addresses: [address], port };
  },
  feedWatchdog(): void {
    native("xs_esp32_feed_watchdog").call(this);
  },
  log(line: string): void {
    native("xs_esp32_log").call(this, line);
  },
};

/** Logs why XS restarts the chip (`abortHook` in the manifest): an uncaught exception, or no memory. */
globalThis.abort = (reason, error) => {
  const text = error instanceof Error ? (error.stack ?? String(error)) : String(error);
  system.log(`E (${Time.ticks}) xs: ${reason}: ${text}\n`);
};

export default Object.freeze(system);
