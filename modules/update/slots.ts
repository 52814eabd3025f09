// SPDX-License-Identifier: Apache-2.0
import type { ReadableFlash } from "./signature";

/** The slot an update goes to: the two take turns, and the factory image is never overwritten. */
export function inactive(running: string): string {
  return running === "ota_0" ? "ota_1" : "ota_0";
}

/**
 * Flash in which an image can be opened by the label of its slot. The SDK's class knows data partitions by their labels, but of
 * applications only `running` and `nextota`, the inactive slot; any other still throws.
 */
export function imageFlash(flash: ReadableFlash, running: string): ReadableFlash {
  return {
    open: ({ path, ...options }) => flash.open({ path: path === inactive(running) ? "nextota" : path, ...options }),
  };
}
