// SPDX-License-Identifier: Apache-2.0
import type { Status } from "./camera";

/** A file name of the camera's name and the time, without characters that a file system refuses. */
export function stampedName(status: Status | undefined, suffix: string, time = new Date()): string {
  const local = new Date(time.getTime() - time.getTimezoneOffset() * 60_000);
  const stamp = local.toISOString().slice(0, 19).replace("T", "_").replaceAll(":", "");
  const camera = (status?.Camera ?? "tCam-Mini").replace(/[^\w.-]+/g, "_");
  return `${camera}_${stamp}.${suffix}`;
}
