// SPDX-License-Identifier: Apache-2.0
import type { Frame } from "modules/camera/frame";

/** A pixel: its value, row (0–119) and column (0–159). */
export interface Extreme {
  readonly value: number;
  readonly row: number;
  readonly column: number;
}

/**
 * Statistics of all 19,200 pixels of a frame, exact. Values are as the sensor sends them: centikelvin or tenths of a
 * kelvin with TLinear (telemetry word 209), otherwise counts.
 */
export interface Statistics {
  /** The first pixel, row by row, with the lowest value. */
  readonly min: Extreme;
  /** The first pixel with the highest value. */
  readonly max: Extreme;
  /** Rounded. */
  readonly mean: number;
  /** Nearest rank: the smallest value that 1 % (99 %) of the pixels do not exceed. */
  readonly percentile1: number;
  readonly percentile99: number;
}

/** Statistics of frames, in native code. A frame's are computed once, when they are first asked for. */
export class FrameStatistics {
  /** Throws TypeError for a closed frame. */
  static of(frame: Frame): Statistics {
    return native("xs_frame_statistics_of").call(this, frame);
  }
}
