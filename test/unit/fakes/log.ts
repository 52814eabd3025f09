// SPDX-License-Identifier: Apache-2.0
import { createLog, type Log } from "modules/log/log";

/** A log that records its lines without line ends. */
export function recordingLog(now: () => number = () => 0): { log: Log; lines: string[] } {
  const lines: string[] = [];
  return { log: createLog("test", now, (line) => lines.push(line.trimEnd())), lines };
}
