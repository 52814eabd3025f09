// SPDX-License-Identifier: Apache-2.0
import type { ReadableFlash } from "./signature";

/** The slot for an update: the two slots alternate, and the factory image is never overwritten. */
export const inactive = (running: string): string => (running === "ota_0" ? "ota_1" : "ota_0");

/**
 * Flash in which an image can be opened by the label of its slot. The SDK's class opens data partitions by their
 * labels, but application partitions only as `running` and `nextota`, the inactive slot; other labels still throw.
 */
export const imageFlash = (flash: ReadableFlash, running: string): ReadableFlash => ({
  open: ({ path, ...options }) => flash.open({ path: path === inactive(running) ? "nextota" : path, ...options }),
});
