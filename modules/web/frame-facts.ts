// SPDX-License-Identifier: Apache-2.0
import type { Frame } from "modules/camera/frame";
import { centikelvinPerCount } from "modules/camera/telemetry";
import { fromWall, isoText } from "modules/clock/calendar";
import type { Statistics } from "modules/image/statistics";

/** 0 °C in centikelvin. */
const ZERO_CELSIUS = 27_315;
const HIGHEST_COUNT = 65_535;

/** Temperatures of a picture's ends, °C, or counts where a frame has no temperatures. Absent: automatic. */
export interface Range {
  readonly min?: number | undefined;
  readonly max?: number | undefined;
}

/** Pixel values of a palette's first and last entry; low < high. */
export interface CountRange {
  readonly low: number;
  readonly high: number;
}

/** What a picture or file says about its frame. */
export interface FrameFacts {
  readonly frame: Frame;
  readonly statistics: Statistics;
  /** Milliseconds since 1970 of its capture. */
  readonly wall: number;
  /** Percent, as in set_config. */
  readonly emissivity: number;
}

/**
 * A pixel's value: °C rounded to two decimals, or the count itself without temperatures.
 * @param centikelvin of one count; 0: counts are no temperatures
 */
export const valueOf = (count: number, centikelvin: number): number =>
  centikelvin === 0 ? count : Math.round(count * centikelvin - ZERO_CELSIUS) / 100;

/** The word for the unit of valueOf(). */
export const unitOf = (centikelvin: number): string => (centikelvin === 0 ? "count" : "celsius");

const countOf = (value: number, centikelvin: number): number => {
  const count = centikelvin === 0 ? value : (value * 100 + ZERO_CELSIUS) / centikelvin;
  return Math.min(Math.max(Math.round(count), 0), HIGHEST_COUNT);
};

/** The automatic range: without the 1 % coldest and the 1 % warmest pixels. */
export const countRange = ({ frame, statistics }: FrameFacts, { min, max }: Range): CountRange => {
  const centikelvin = centikelvinPerCount(frame);
  const low = min === undefined ? statistics.percentile1 : countOf(min, centikelvin);
  const high = max === undefined ? statistics.percentile99 : countOf(max, centikelvin);
  const lowest = Math.min(low, HIGHEST_COUNT - 1);
  return { low: lowest, high: Math.max(high, lowest + 1) };
};

/**
 * JSON for the comment of a picture and the description of a file. `min` and `max` are of all pixels, `range` is of the
 * colours; both in `unit`. Kelvin are value times `scale`.
 */
export const describeFrame = ({ frame, statistics, wall, emissivity }: FrameFacts, range?: CountRange): string => {
  const centikelvin = centikelvinPerCount(frame);
  const value = (count: number): number => valueOf(count, centikelvin);
  return JSON.stringify({
    unit: unitOf(centikelvin),
    ...(centikelvin !== 0 && { scale: centikelvin / 100 }),
    min: value(statistics.min.value),
    max: value(statistics.max.value),
    ...(range && { range: [value(range.low), value(range.high)] }),
    emissivity: emissivity / 100,
    time: isoText(wall),
    sequence: frame.sequence,
  });
};

const pad = (value: number): string => String(value).padStart(2, "0");

/** YYYY:MM:DD HH:MM:SS, as in EXIF. @param wall milliseconds since 1970 */
export const exifDate = (wall: number): string => {
  const { year, month, day, hour, minute, second } = fromWall(wall);
  return `${year}:${pad(month)}:${pad(day)} ${pad(hour)}:${pad(minute)}:${pad(second)}`;
};

/** tcam-YYYYMMDD-HHMMSS and the extension. */
export const fileName = (wall: number, extension: string): string => {
  const { year, month, day, hour, minute, second } = fromWall(wall);
  return `tcam-${year}${pad(month)}${pad(day)}-${pad(hour)}${pad(minute)}${pad(second)}.${extension}`;
};
