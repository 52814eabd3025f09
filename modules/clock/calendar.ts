// SPDX-License-Identifier: Apache-2.0

const MONTH_DAYS: readonly number[] = Object.freeze([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31], true);
const MS_PER_SECOND = 1000;
export const MS_PER_DAY = 86_400_000;

/*
 * Years are counted from March here, so that the leap day is the last one: then the days before a month are a linear
 * function of its number (0 = March) in whole numbers. No loops, and `| 0` in place of calls of Math.floor: each image
 * and status has a date.
 */
const DAYS_PER_YEAR = 365;
const DAYS_PER_4_YEARS = 1_461;
const DAYS_PER_CENTURY = 36_524;
const DAYS_PER_4_CENTURIES = 146_097;
/** Days from 1 March of year 0 to 1 January 1970. */
const DAYS_TO_1970 = 719_468;

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

const isLeapYear = (year: number): boolean => (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;

/** @param month 1–12 @param year full calendar year */
export const daysInMonth = (month: number, year: number): number => {
  if (month === 2 && isLeapYear(year)) return 29;
  return MONTH_DAYS[month - 1] ?? 0;
};

/** Days from 1 March of a year to the first day of a month. @param month 0 = March */
const daysBeforeMonth = (month: number): number => ((153 * month + 2) / 5) | 0;

/** Days from 1 March of year 0 to 1 March of `year`. */
const daysBeforeYear = (year: number): number =>
  year * DAYS_PER_YEAR + ((year / 4) | 0) - ((year / 100) | 0) + ((year / 400) | 0);

/** Milliseconds from 1970 to a valid date and time. */
export const toWall = ({ year, month, day, hour, minute, second, ms }: DateTime): number => {
  const isEarly = month <= 2;
  const days = daysBeforeYear(isEarly ? year - 1 : year) + daysBeforeMonth(isEarly ? month + 9 : month - 3) + day - 1;
  return (days - DAYS_TO_1970) * MS_PER_DAY + ((hour * 60 + minute) * 60 + second) * MS_PER_SECOND + ms;
};

/** @param wall whole milliseconds since 1970 */
export const fromWall = (wall: number): DateTime => {
  const ms = wall % MS_PER_DAY;
  const days = (wall - ms) / MS_PER_DAY + DAYS_TO_1970;
  const cycles = (days / DAYS_PER_4_CENTURIES) | 0;
  const inCycle = days - cycles * DAYS_PER_4_CENTURIES;
  // Without leap days each year has 365. The last day of a cycle is its 97th leap day.
  const leapDays =
    ((inCycle / (DAYS_PER_4_YEARS - 1)) | 0) -
    ((inCycle / DAYS_PER_CENTURY) | 0) +
    ((inCycle / (DAYS_PER_4_CENTURIES - 1)) | 0);
  const yearInCycle = ((inCycle - leapDays) / DAYS_PER_YEAR) | 0;
  const dayInYear = inCycle - daysBeforeYear(yearInCycle);
  const month = ((5 * dayInYear + 2) / 153) | 0;
  const isEarly = month >= 10;
  const seconds = (ms / MS_PER_SECOND) | 0;
  const minutes = (seconds / 60) | 0;
  const hour = (minutes / 60) | 0;
  return {
    year: 400 * cycles + yearInCycle + (isEarly ? 1 : 0),
    month: isEarly ? month - 9 : month + 3,
    day: dayInYear - daysBeforeMonth(month) + 1,
    hour,
    minute: minutes - 60 * hour,
    second: seconds - 60 * minutes,
    ms: ms - MS_PER_SECOND * seconds,
  };
};

const pad = (value: number): string => String(value).padStart(2, "0");

/**
 * HH:MM:SS.mmm. Slices of one number: each call of padStart would cost as much as all of them.
 * @param ms whole milliseconds since midnight
 */
export const timeText = (ms: number): string => {
  const minutes = (ms / 60_000) | 0;
  const hours = (minutes / 60) | 0;
  const digits = String(1e9 + hours * 1e7 + (minutes - hours * 60) * 1e5 + (ms - minutes * 60_000)); // 1HHMMSSmmm
  return `${digits.slice(1, 3)}:${digits.slice(3, 5)}:${digits.slice(5, 7)}.${digits.slice(7)}`;
};

/** ISO 8601, without time zone. @param wall whole milliseconds since 1970 */
export const isoText = (wall: number): string => {
  const date = fromWall(wall);
  return `${date.year}-${pad(date.month)}-${pad(date.day)}T${timeText(wall % MS_PER_DAY)}`;
};
