// SPDX-License-Identifier: Apache-2.0
import type { Frame } from "modules/camera/frame";
import { centikelvinPerCount, spotBox, TelemetryWord } from "modules/camera/telemetry";
import { type Mark, MarkColour } from "modules/image/mark";
import type { Extreme, Statistics } from "modules/image/statistics";
import { valueOf } from "./frame-facts";

/**
 * The marks of a picture with overlay, each with its temperature in °C: coldest and warmest pixel, and the spot meter.
 * None without temperatures.
 */
export const marksOf = (frame: Frame, { min, max }: Statistics): Mark[] => {
  const centikelvin = centikelvinPerCount(frame);
  if (centikelvin === 0) return [];
  const text = (count: number): string => textOf(valueOf(count, centikelvin));
  const at = ({ value, row, column }: Extreme, colour: MarkColour): Mark => ({
    ...{ left: column, top: row, right: column, bottom: row, colour },
    text: text(value),
  });
  const spot = { ...spotBox(frame), colour: MarkColour.White, text: text(frame.telemetry(TelemetryWord.SPOT_MEAN)) };
  return [at(min, MarkColour.Blue), at(max, MarkColour.Red), spot];
};

/** One decimal, zero without a sign. */
const textOf = (celsius: number): string => (Math.round(celsius * 10) / 10 || 0).toFixed(1);
