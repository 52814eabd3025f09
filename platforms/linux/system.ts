// SPDX-License-Identifier: Apache-2.0
import AccessPoint from "platform/access-point";
import Slot from "platforms/common/slot";
import type { ImageInfo, ResetCause, System, SystemInfo } from "platform/system";
import { BoardLink } from "platforms/linux/board-link";

const causes: readonly ResetCause[] = ["power-on", "reset-pin", "software", "watchdog", "panic", "brown-out"];

/** The board's system connection. Its end is the end of power: the process exits. */
const link = new BoardLink({ opening: { open: "system" }, onClose: () => native("xs_system_end").call(undefined) });

const text = (name: string): string => {
  const value = link.answer[name];
  return "string" === typeof value ? value : "";
};

const info: SystemInfo = Object.freeze({
  mac: text("mac"),
  resetCause: causes.find((cause) => cause === text("resetCause")) ?? "unknown",
  // The board starts the firmware at power-on, without ROM and bootloader.
  poweredFor: 0,
  partition: text("partition"),
  version: text("version"),
  project: text("project"),
  trial: true === link.answer.trial,
  crashes: Number(link.answer.crashes ?? 0),
});

const system: System = {
  info,
  AccessPoint,
  openSlot(): Slot {
    return new Slot();
  },
  restart(): void {
    native("xs_system_restart").call(undefined);
  },
  boot(partition: string): void {
    link.expect("A", "B", ArrayBuffer.fromString(partition));
  },
  select(partition: string): Promise<void> {
    return new Promise((resolve) => {
      this.boot(partition);
      resolve();
    });
  },
  markValid(): void {
    link.expect("A", "M");
  },
  image(partition: string): ImageInfo | undefined {
    const answer = link.request("I", ArrayBuffer.fromString(partition));
    return "D" === link.type ? (JSON.parse(String.fromArrayBuffer(answer)) as ImageInfo) : undefined;
  },
  clearCrashes(): void {
    link.send("C");
  },
  powerSave(): void {
    // The virtual radio does not sleep.
  },
  endpoint(address: string, port: number): { addresses: readonly string[]; port: number } | undefined {
    const endpoint = text(`endpoint-${port}`);
    if ("closed" === endpoint) return undefined;
    const [addresses, outside] = endpoint.split(":");
    return addresses && outside
      ? { addresses: addresses.split(","), port: Number(outside) }
      : { addresses: [address], port };
  },
  feedWatchdog(): void {
    link.send("W");
  },
  log(line: string): void {
    trace(line);
  },
};

export default Object.freeze(system);
