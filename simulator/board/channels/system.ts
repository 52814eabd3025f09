// SPDX-License-Identifier: Apache-2.0
/** The chip itself: why it started, what runs, restart, boot choice, watchdog. */
import type { Opener } from "../link";
import { DiskError } from "../storage/disk";
import type { FlashChip } from "../storage/flash-chip";
import { PowerLost } from "../storage/power-cut";
import { Exclusive, unknownMessage } from "./requests";

/** What the system channel needs of the board. */
export interface SystemHost {
  readonly flash: FlashChip;
  /** The opening answer's facts. */
  describe(): Readonly<Record<string, unknown>>;
  /** @returns why not, or undefined. @throws PowerLost */
  select(label: string): string | undefined;
  /** @throws PowerLost */
  markValid(): void;
  /** @returns undefined when there is no such partition */
  image(label: string): { version: string; project: string; length: number; valid: boolean } | undefined;
  feedWatchdog(): void;
  /** Earlier crashes no longer count. */
  clearCrashes(): void;
}

export function systemOpener(host: SystemHost): Opener {
  const use = new Exclusive("the system channel");
  return (_request, connection) => {
    use.take();
    const verdict = (error: string | undefined): void =>
      host.flash.whenIdle(() =>
        connection.send(error === undefined ? "A" : "F", error === undefined ? undefined : Buffer.from(error)),
      );
    const handle = (type: string, payload: Buffer): void => {
      if (type === "B") verdict(host.select(payload.toString("utf8")));
      else if (type === "M") {
        host.markValid();
        verdict(undefined);
      } else if (type === "I") {
        const label = payload.toString("utf8");
        const image = host.image(label);
        if (image) connection.send("D", Buffer.from(JSON.stringify(image)));
        else verdict(`no such partition: ${label}`);
      } else if (type === "W") host.feedWatchdog();
      else if (type === "C") host.clearCrashes();
      else unknownMessage(type);
    };
    return {
      answer: host.describe(),
      onMessage(type, payload) {
        try {
          handle(type, payload);
        } catch (error) {
          if (error instanceof DiskError) verdict(error.message);
          else if (!(error instanceof PowerLost)) throw error;
        }
      },
      onClose: () => use.free(),
    };
  };
}
