// SPDX-License-Identifier: Apache-2.0
// Positions and bits of the telemetry rows A to D (Engineering Datasheet T2-T3), 80 words each.

/** Words of a telemetry row; a row is one packet. */
export const ROW_WORDS = 80;
/** Words of rows A to D. */
export const TELEMETRY_WORDS = 4 * ROW_WORDS;
const B = ROW_WORDS;
const C = 2 * ROW_WORDS;

/** Indexes of the telemetry words, counted from row A word 0. */
export const WORD = {
  REVISION: 0,
  TIME_COUNTER: 1,
  STATUS: 3,
  SERIAL: 5,
  SOFTWARE: 13,
  FRAME_COUNTER: 20,
  FRAME_MEAN: 22,
  FPA_COUNTS: 23,
  FPA_TEMP: 24,
  HOUSING_COUNTS: 25,
  HOUSING_TEMP: 26,
  FPA_TEMP_AT_FFC: 29,
  TIME_AT_FFC: 30,
  HOUSING_TEMP_AT_FFC: 32,
  AGC_ROI: 34,
  CLIP_HIGH: 38,
  CLIP_LOW: 39,
  FOCUS_THRESHOLD: 56,
  FOCUS_ROI: 58,
  VIDEO_FORMAT: 72,
  LOG2_FFC_FRAMES: 74,
  RBFO_INTERNAL: B + 3,
  RBFO_EXTERNAL: B + 11,
  EMISSIVITY: B + 19,
  BACKGROUND_TEMP: B + 20,
  ATMOSPHERE_TRANSMISSION: B + 21,
  ATMOSPHERE_TEMP: B + 22,
  WINDOW_TRANSMISSION: B + 23,
  WINDOW_REFLECTION: B + 24,
  WINDOW_TEMP: B + 25,
  WINDOW_REFLECTED_TEMP: B + 26,
  GAIN_MODE: C + 5,
  EFFECTIVE_GAIN: C + 6,
  GAIN_DESIRED: C + 7,
  CELSIUS_THRESHOLDS: C + 8,
  KELVIN_THRESHOLDS: C + 10,
  FLUX_THRESHOLDS: C + 12,
  PERCENTAGES: C + 14,
  POPULATIONS: C + 16,
  GAIN_ROI: C + 22,
  TLINEAR_AGAIN: C + 26,
  RBFO_LOW_INTERNAL: C + 32,
  RBFO_LOW_EXTERNAL: C + 40,
  TLINEAR_ENABLED: C + 48,
  TLINEAR_RESOLUTION: C + 49,
  SPOT_MEAN: C + 50,
  SPOT_MAX: C + 51,
  SPOT_MIN: C + 52,
  SPOT_POPULATION: C + 53,
  SPOT_ROI: C + 54,
  SERIAL_AGAIN: C + 71,
} as const;

/** Bits of the 32-bit status. */
export const TELEMETRY_STATUS = {
  FFC_DESIRED: 1 << 3,
  FFC_STATE_SHIFT: 4,
  /** Reserved; reads 1 on every real part seen. */
  ALWAYS: 1 << 11,
  AGC: 1 << 12,
  SHUTTER_LOCKOUT: 1 << 15,
  OVER_TEMPERATURE: 1 << 20,
} as const;
