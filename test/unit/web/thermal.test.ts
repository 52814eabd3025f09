// SPDX-License-Identifier: Apache-2.0
import type { Statistics } from "modules/image/statistics";
import { describeThermal } from "modules/web/thermal";
import { FakeFrame } from "../protocol/fakes";

const STATISTICS: Statistics = {
  min: { value: 28_000, row: 3, column: 30 },
  max: { value: 31_315, row: 119, column: 159 },
  mean: 29_487,
  percentile1: 28_100,
  percentile99: 31_000,
};

/** A frame with these telemetry words. */
function frame(words: Readonly<Record<number, number>>): FakeFrame {
  const made = new FakeFrame(12, 0);
  made.telemetry = (index = 0) => words[index] ?? 0;
  return made;
}

// TLinear at 0.01 K; FFC complete, 12.5 s ago over a carry of the low word; auto gain; spot 2×2.
const RADIOMETRIC = {
  ...{ 1: 0x30d4, 2: 1, 3: 0x0030, 24: 30_613, 26: 30_518, 30: 0x0000, 31: 1, 165: 2, 208: 1, 209: 1 },
  ...{ 210: 29_487, 211: 29_500, 212: 29_480, 214: 59, 215: 79, 216: 60, 217: 80 },
};

test("temperatures are °C, positions column and row", () => {
  expect(describeThermal(frame(RADIOMETRIC), STATISTICS, 1_500)).toEqual({
    time: "1970-01-01T00:00:01.500",
    sequence: 12,
    unit: "celsius",
    spot: { mean: 21.72, min: 21.65, max: 21.85, box: [79, 59, 80, 60] },
    min: { value: 6.85, at: [30, 3] },
    max: { value: 40, at: [159, 119] },
    mean: 21.72,
    percentiles: { 1: 7.85, 99: 36.85 },
    ffc: { state: "complete", age: 12.5 },
    fpa: 32.98,
    housing: 32.03,
    gain: "auto",
    agc: false,
    radiometric: true,
  });
});

test("with a resolution of 0.1 K a count is ten times as much", () => {
  const statistics = { ...STATISTICS, mean: 2_948 };
  expect(describeThermal(frame({ ...RADIOMETRIC, 209: 0 }), statistics, 0)).toMatchObject({ mean: 21.65 });
});

test("with AGC the figures are counts, and there is no spot meter", () => {
  const figures = describeThermal(frame({ ...RADIOMETRIC, 3: 0x1000 }), STATISTICS, 0);
  expect(figures).toMatchObject({
    unit: "count",
    mean: 29_487,
    agc: true,
    radiometric: false,
    ffc: { state: "never" },
  });
  expect(figures).not.toHaveProperty("spot");
});
