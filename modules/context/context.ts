// SPDX-License-Identifier: Apache-2.0
import type { Timers } from "drivers/timers/timers";
import { createLog, type Log } from "modules/log/log";
import { LogHistory } from "modules/log/history";
import type { FaultSink } from "modules/status/fault";
import { Faults } from "modules/status/faults";
import { Startup } from "modules/status/startup";

/** What every part of the firmware gets to open itself. */
export interface Context {
  readonly timers: Timers;
  /** A number in the range [0, 1). */
  readonly random: () => number;
  readonly startup: Startup;
  readonly log: Log;
  /** The last lines of the log. */
  readonly history: LogHistory;
  readonly faults: Faults;
  /** What the part `name` needs: its own log, and faults that only it can clear. */
  part(name: string): PartContext;
}

export interface PartContext {
  readonly timers: Timers;
  readonly log: Log;
  readonly faults: FaultSink;
}

/** @param write writes one complete log line, newline included */
export const createContext = (timers: Timers, random: () => number, write: (line: string) => void): Context => {
  const history = new LogHistory();
  const log = createLog(
    "main",
    () => timers.now(),
    (line) => {
      history.add(line);
      write(line);
    },
  );
  const faults = new Faults(log.part("status"));
  return {
    timers,
    random,
    startup: new Startup(() => timers.now(), log),
    log,
    history,
    faults,
    part: (name) => ({ timers, log: log.part(name), faults: faults.sink(name) }),
  };
};
