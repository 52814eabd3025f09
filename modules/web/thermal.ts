// SPDX-License-Identifier: Apache-2.0
import type { Frame } from "modules/camera/frame";
import {
  centikelvinPerCount,
  FFCState,
  ffcState,
  isAGCEnabled,
  spotBox,
  TelemetryWord,
  timeCounter,
} from "modules/camera/telemetry";
import { isoText } from "modules/clock/calendar";
import type { Extreme, Statistics } from "modules/image/statistics";
import { unitOf, valueOf } from "./frame-facts";

const STATES: Readonly<Record<FFCState, string>> = Object.freeze({
  [FFCState.Never]: "never",
  [FFCState.Imminent]: "imminent",
  [FFCState.InProgress]: "running",
  [FFCState.Complete]: "complete",
});
const GAINS: readonly string[] = Object.freeze(["high", "low", "auto"]);

/**
 * The figures of a frame. Temperatures in °C, or counts of the sensor where these are no temperatures; positions are
 * column, row.
 * @param wall milliseconds since 1970 of its capture
 */
export const describeThermal = (frame: Frame, statistics: Statistics, wall: number): object => {
  const scale = centikelvinPerCount(frame);
  const value = (count: number): number => valueOf(count, scale);
  const extreme = ({ value: count, row, column }: Extreme): object => ({ value: value(count), at: [column, row] });
  const word = (index: number): number => frame.telemetry(index);
  const { left, top, right, bottom } = spotBox(frame);
  return {
    time: isoText(wall),
    sequence: frame.sequence,
    unit: unitOf(scale),
    ...(scale > 0 && {
      spot: {
        mean: value(word(TelemetryWord.SPOT_MEAN)),
        min: value(word(TelemetryWord.SPOT_MIN)),
        max: value(word(TelemetryWord.SPOT_MAX)),
        box: [left, top, right, bottom],
      },
    }),
    min: extreme(statistics.min),
    max: extreme(statistics.max),
    mean: value(statistics.mean),
    percentiles: { 1: value(statistics.percentile1), 99: value(statistics.percentile99) },
    ffc: describeFFC(frame),
    fpa: valueOf(word(TelemetryWord.FPA_TEMPERATURE), 1),
    housing: valueOf(word(TelemetryWord.HOUSING_TEMPERATURE), 1),
    gain: GAINS[word(TelemetryWord.GAIN_MODE)] ?? "high",
    agc: isAGCEnabled(frame),
    radiometric: scale > 0,
  };
};

/** `age`: seconds since the last one. */
const describeFFC = (frame: Frame): object => {
  const state = ffcState(frame);
  const low = frame.telemetry(TelemetryWord.LAST_FFC);
  const last = (low | (frame.telemetry(TelemetryWord.LAST_FFC + 1) << 16)) >>> 0;
  const age = ((timeCounter(frame) - last) >>> 0) / 1000;
  return { state: STATES[state], ...(state !== FFCState.Never && { age }) };
};
