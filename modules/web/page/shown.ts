// SPDX-License-Identifier: Apache-2.0
import type { Frame } from "./frame";
import type { Isotherm } from "./palette";
import type { Preferences } from "./preferences";
import { percentiles } from "./statistics";
import { readTelemetry, type Telemetry } from "./telemetry";
import { Scale } from "./units";

/** A frame with all that is shown of it. */
export interface Shown {
  readonly frame: Frame;
  readonly telemetry: Telemetry;
  readonly scale: Scale;
  /** Ends of the colours, as pixel values. */
  readonly low: number;
  readonly high: number;
  readonly isotherm: Isotherm | undefined;
}

/** Kelvin; the noise of an even scene is not stretched over the whole palette. */
const LEAST_SPAN = 1;
const AGC_RANGE = [0, 255] as const;

function automatic(frame: Frame, resolution: number | undefined): [number, number] {
  const [low, high] = percentiles(frame.pixels, 1, 99);
  const missing = (resolution === undefined ? 16 : LEAST_SPAN / resolution) - (high - low);
  return missing > 0 ? [low - missing / 2, high + missing / 2] : [low, high];
}

function range(frame: Frame, resolution: number | undefined, chosen: Preferences): readonly [number, number] {
  if (frame.agc) return AGC_RANGE;
  if (chosen.range === "auto" || resolution === undefined) return automatic(frame, resolution);
  const low = chosen.low / resolution;
  return [low, Math.max(low + 1, chosen.high / resolution)];
}

function isotherm(resolution: number | undefined, chosen: Preferences): Isotherm | undefined {
  if (resolution === undefined || chosen.isotherm === "off") return undefined;
  const low = chosen.isotherm === "below" ? 0 : chosen.isothermLow / resolution;
  const high = chosen.isotherm === "above" ? 65535 : chosen.isothermHigh / resolution;
  return { low, high };
}

let scale: Scale | undefined;

/** The scale of the frame before, if it is the same: number formats take long to make. */
function scaleOf(resolution: number | undefined, { unit }: Preferences, language: string): Scale {
  if (scale?.resolution !== resolution || scale?.unit !== unit || scale.language !== language)
    scale = new Scale(resolution, unit, language);
  return scale;
}

/** Reads a frame and chooses its colours. @param language for numbers, as for Intl.NumberFormat */
export function show(frame: Frame, chosen: Preferences, language: string): Shown {
  const telemetry = readTelemetry(frame.telemetry, frame.agc);
  const { resolution } = telemetry;
  const [low, high] = range(frame, resolution, chosen);
  return {
    frame,
    telemetry,
    scale: scaleOf(resolution, chosen, language),
    low,
    high,
    isotherm: isotherm(resolution, chosen),
  };
}
