// SPDX-License-Identifier: Apache-2.0
import type { Timers } from "drivers/timers/timers";
import type { ClockService, TimeFields } from "modules/protocol/services";
import { fromWall, timeText, toWall } from "./calendar";

/**
 * The camera's wall clock: monotonic time plus an offset that set_time sets. The board has no battery-backed clock, so
 * after a start it counts from 1 January 1970. There is no time zone: the camera shows the time that the client set.
 */
export class Clock implements ClockService {
  readonly #timers: Timers;
  #offset: number;

  constructor(timers: Timers) {
    this.#timers = timers;
    this.#offset = -timers.now();
  }

  /** @param time a valid date and time, checked by the command table; milliseconds restart at 0 */
  set({ year, mon, day, hour, min, sec }: TimeFields): void {
    const wall = toWall({ year: 1970 + year, month: mon, day, hour, minute: min, second: sec, ms: 0 });
    this.#offset = wall - this.#timers.now();
  }

  wall(moment: number = this.#timers.now()): number {
    return Math.max(0, Math.floor(moment + this.#offset));
  }

  format(moment?: number): { Time: string; Date: string } {
    const date = fromWall(this.wall(moment));
    const year = String(date.year % 100).padStart(2, "0");
    return { Time: timeText(date), Date: `${date.month}/${date.day}/${year}` };
  }
}
