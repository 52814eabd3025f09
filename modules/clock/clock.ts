// SPDX-License-Identifier: Apache-2.0
import type { Timers } from "drivers/timers/timers";
import type { ClockService, TimeFields } from "modules/protocol/services";
import { daysInMonth } from "./calendar";

const MS_PER_SECOND = 1000;
const MS_PER_DAY = 86_400_000;
const FIRST_YEAR = 1970;

/** Days from 1 January 1970 to 1 January of `year`. */
function daysBeforeYear(year: number): number {
  const leapYears = (y: number): number => Math.floor(y / 4) - Math.floor(y / 100) + Math.floor(y / 400);
  return (year - FIRST_YEAR) * 365 + leapYears(year - 1) - leapYears(FIRST_YEAR - 1);
}

/** Milliseconds from 1970 to a valid date and time, without time zone. */
function toMilliseconds(time: TimeFields): number {
  const year = FIRST_YEAR + time.year;
  let days = daysBeforeYear(year) + time.day - 1;
  for (let month = 1; month < time.mon; month++) days += daysInMonth(month, year);
  return days * MS_PER_DAY + ((time.hour * 60 + time.min) * 60 + time.sec) * MS_PER_SECOND;
}

function toDate(days: number): { year: number; month: number; day: number } {
  let year = FIRST_YEAR + Math.floor(days / 365.2425);
  while (daysBeforeYear(year) > days) year -= 1;
  while (daysBeforeYear(year + 1) <= days) year += 1;
  let day = days - daysBeforeYear(year);
  let month = 1;
  while (day >= daysInMonth(month, year)) day -= daysInMonth(month++, year);
  return { year, month, day: day + 1 };
}

function pad(value: number, digits: number): string {
  return String(value).padStart(digits, "0");
}

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
  set(time: TimeFields): void {
    this.#offset = toMilliseconds(time) - this.#timers.now();
  }

  /**
   * `HH:MM:SS.mmm` and `M/D/YY` of a time in `Timers.now` milliseconds; a time before the clock's epoch shows as the
   * epoch.
   */
  format(moment: number = this.#timers.now()): { Time: string; Date: string } {
    const wall = Math.max(0, Math.floor(moment + this.#offset));
    const inDay = wall % MS_PER_DAY;
    const { year, month, day } = toDate((wall - inDay) / MS_PER_DAY);
    const seconds = Math.floor(inDay / MS_PER_SECOND);
    const time = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60].map((part) => pad(part, 2));
    return {
      Time: `${time.join(":")}.${pad(inDay % MS_PER_SECOND, 3)}`,
      Date: `${month}/${day}/${pad(year % 100, 2)}`,
    };
  }
}
