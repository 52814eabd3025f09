// SPDX-License-Identifier: Apache-2.0

const MONTH_DAYS: readonly number[] = Object.freeze([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31], true);
const FIRST_YEAR = 1970;
const MS_PER_SECOND = 1000;
const MS_PER_DAY = 86_400_000;

/** A date and time, without time zone. */
export interface DateTime {
  /** Full calendar year. */
  readonly year: number;
  /** 1–12 */
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly ms: number;
}

function isLeapYear(year: number): boolean {
  return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
}

/** @param month 1–12 @param year full calendar year */
export function daysInMonth(month: number, year: number): number {
  if (month === 2 && isLeapYear(year)) return 29;
  return MONTH_DAYS[month - 1] ?? 0;
}

/** Days from 1 January 1970 to 1 January of `year`. */
function daysBeforeYear(year: number): number {
  const leapYears = (y: number): number => Math.floor(y / 4) - Math.floor(y / 100) + Math.floor(y / 400);
  return (year - FIRST_YEAR) * 365 + leapYears(year - 1) - leapYears(FIRST_YEAR - 1);
}

/** Milliseconds from 1970 to a valid date and time. */
export function toWall({ year, month, day, hour, minute, second, ms }: DateTime): number {
  let days = daysBeforeYear(year) + day - 1;
  for (let before = 1; before < month; before++) days += daysInMonth(before, year);
  return days * MS_PER_DAY + ((hour * 60 + minute) * 60 + second) * MS_PER_SECOND + ms;
}

/** @param wall whole milliseconds since 1970 */
export function fromWall(wall: number): DateTime {
  const ms = wall % MS_PER_DAY;
  const days = (wall - ms) / MS_PER_DAY;
  const seconds = Math.floor(ms / MS_PER_SECOND);
  let year = FIRST_YEAR + Math.floor(days / 365.2425);
  while (daysBeforeYear(year) > days) year -= 1;
  while (daysBeforeYear(year + 1) <= days) year += 1;
  let day = days - daysBeforeYear(year);
  let month = 1;
  while (day >= daysInMonth(month, year)) day -= daysInMonth(month++, year);
  return {
    year,
    month,
    day: day + 1,
    hour: Math.floor(seconds / 3600),
    minute: Math.floor(seconds / 60) % 60,
    second: seconds % 60,
    ms: ms % MS_PER_SECOND,
  };
}

function pad(value: number, digits = 2): string {
  return String(value).padStart(digits, "0");
}

/** HH:MM:SS.mmm */
export function timeText({ hour, minute, second, ms }: DateTime): string {
  return `${pad(hour)}:${pad(minute)}:${pad(second)}.${pad(ms, 3)}`;
}

/** ISO 8601, without time zone. @param wall whole milliseconds since 1970 */
export function isoText(wall: number): string {
  const date = fromWall(wall);
  return `${date.year}-${pad(date.month)}-${pad(date.day)}T${timeText(date)}`;
}
