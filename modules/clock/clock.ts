// SPDX-License-Identifier: Apache-2.0
import type { Timers } from "drivers/timers/timers";
import type { ClockService, TimeFields } from "modules/protocol/services";
import { fromWall, MS_PER_DAY, timeText, toWall } from "./calendar";

/**
 * The camera's wall clock: monotonic time plus an offset that set_time sets. The board has no battery-backed clock, so
 * after a start it counts from 1 January 1970. There is no time zone: the camera shows the time that the client set.
 */
export class Clock implements ClockService {
  private readonly timers: Timers;
  private offset: number;
  /** The last date that was formatted, as it changes once a day: days since 1970, and its text. */
  private day = -1;
  private date = "";

  constructor(timers: Timers) {
    this.timers = timers;
    this.offset = -timers.now();
  }

  /** @param time a valid date and time, checked by the command table; milliseconds restart at 0 */
  set({ year, mon, day, hour, min, sec }: TimeFields): void {
    const wall = toWall({ year: 1970 + year, month: mon, day, hour, minute: min, second: sec, ms: 0 });
    this.offset = wall - this.timers.now();
  }

  wall(moment: number = this.timers.now()): number {
    return Math.max(0, Math.floor(moment + this.offset));
  }

  format(moment?: number): { Time: string; Date: string } {
    const wall = this.wall(moment);
    const ms = wall % MS_PER_DAY;
    const day = (wall - ms) / MS_PER_DAY;
    if (day !== this.day) {
      this.day = day;
      this.date = dateText(wall);
    }
    return { Time: timeText(ms), Date: this.date };
  }
}

/** M/D/YY */
const dateText = (wall: number): string => {
  const { year, month, day } = fromWall(wall);
  return `${month}/${day}/${String(year % 100).padStart(2, "0")}`;
};
