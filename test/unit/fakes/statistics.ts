// SPDX-License-Identifier: Apache-2.0
import type { Statistics } from "modules/image/statistics";

/** Of a frame between 16.85 and 37 °C. */
export const STATISTICS: Statistics = {
  min: { value: 29_000, row: 0, column: 0 },
  max: { value: 31_015, row: 1, column: 1 },
  mean: 29_500,
  percentile1: 29_115,
  percentile99: 30_815,
};
