// SPDX-License-Identifier: Apache-2.0
import type { ImageInfo, System, SystemInfo } from "platform/system";

const info: SystemInfo = Object.freeze(native("xs_esp32_info").call(undefined) as SystemInfo);

/** See native/esp32-system.c. */
const system: System = {
  info,
  restart(): void {
    native("xs_esp32_restart").call(undefined);
  },
  boot(partition: string): void {
    native("xs_esp32_boot").call(undefined, partition);
  },
  markValid(): void {
    native("xs_esp32_mark_valid").call(undefined);
  },
  image(partition: string): ImageInfo | undefined {
    return native("xs_esp32_image").call(undefined, partition) as ImageInfo | undefined;
  },
  clearCrashes(): void {
    native("xs_esp32_clear_crashes").call(undefined);
  },
  powerSave(enabled: boolean): void {
    native("xs_esp32_power_save").call(undefined, enabled);
  },
  endpoint(address: string, port: number): { address: string; port: number } {
    return { address, port };
  },
  feedWatchdog(): void {
    native("xs_esp32_feed_watchdog").call(undefined);
  },
  log(line: string): void {
    native("xs_esp32_log").call(undefined, line);
  },
};

export default Object.freeze(system);
