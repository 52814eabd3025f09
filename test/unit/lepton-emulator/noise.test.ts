// SPDX-License-Identifier: Apache-2.0
// The noise of the default scene, statistic by statistic, against recordings of real parts.
// The ranges are those of the recordings; docs/emulated-lepton.md has them with the emulated part's own values.

import type { ThermalScene } from "../../../simulator/lepton/scene/scene";
import { deviation, mean, Rig, uniform } from "./rig";

const COLUMNS = 160;
const ROWS = 120;
const FRAMES = 50;
/** Size of a block, in pixels. */
const BLOCK = 8;

type Frame = Uint16Array | Float64Array;

/** Images of a part, the given number of seconds after an FFC. */
function record(options: { seed?: number; scene?: ThermalScene }, seconds: number, setUp: (rig: Rig) => void): Frame[] {
  const rig = new Rig(options).start();
  setUp(rig);
  rig.command(0x0242);
  rig.reading = false;
  rig.clock.advance((1 + seconds) * 1_000_000);
  rig.reading = true;
  rig.readOne();
  return rig.read(FRAMES).map((image) => image.words);
}

function withCounts(rig: Rig): void {
  rig.set(0x4ec1, [0, 0]);
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[values.length >> 1] as number;
}

/** Mean square of each pixel's change over `over` frames. */
function changes(frames: Frame[], over: number): number[] {
  const sums = new Array<number>(COLUMNS * ROWS).fill(0);
  for (let n = over; n < frames.length; n++) {
    const [now, then] = [frames[n] as Frame, frames[n - over] as Frame];
    for (let i = 0; i < sums.length; i++)
      sums[i] = (sums[i] as number) + ((now[i] as number) - (then[i] as number)) ** 2;
  }
  return sums.map((sum) => sum / (frames.length - over));
}

/** Temporal noise: rms of the difference of neighbouring frames / √2, median pixel. */
function temporalNoise(frames: Frame[]): number {
  return Math.sqrt(median(changes(frames, 1)) / 2);
}

/** Variance of the difference over `over` frames divided by that over one, median pixel: 1 for white noise, `over` for a random walk. */
function growth(frames: Frame[], over: number): number {
  return median(changes(frames, over)) / median(changes(frames, 1));
}

/** Share of all pixels that change from one frame to the next, in percent. */
function changingPixels(frames: Frame[]): number {
  const shares = frames.slice(1).map((frame, n) => frame.filter((word, i) => word !== (frames[n] as Frame)[i]).length);
  return (100 * mean(shares)) / (COLUMNS * ROWS);
}

/** Rms residual of a fitted plane in the flattest quarter of the 8×8 blocks. */
function flatResidual(frame: Frame): number {
  const squares: number[] = [];
  for (let top = 0; top < ROWS; top += BLOCK)
    for (let left = 0; left < COLUMNS; left += BLOCK) squares.push(squareBesidePlane(frame, top, left));
  squares.sort((a, b) => a - b);
  return Math.sqrt(mean(squares.slice(0, squares.length / 4)));
}

/** Mean square residual of a block after its best plane is subtracted. */
function squareBesidePlane(frame: Frame, top: number, left: number): number {
  const middle = (BLOCK - 1) / 2;
  let [sum, sumX, sumY, sumSquares] = [0, 0, 0, 0];
  for (let y = 0; y < BLOCK; y++)
    for (let x = 0; x < BLOCK; x++) {
      const word = frame[(top + y) * COLUMNS + left + x] as number;
      sum += word;
      sumX += word * (x - middle);
      sumY += word * (y - middle);
      sumSquares += word * word;
    }
  const pixels = BLOCK * BLOCK;
  // The sum of (x − middle)² over a block.
  const spread = (pixels * (BLOCK * BLOCK - 1)) / 12;
  return (sumSquares - sum ** 2 / pixels - (sumX ** 2 + sumY ** 2) / spread) / pixels;
}

function meanOf(frames: Frame[]): Frame {
  return Float64Array.from({ length: COLUMNS * ROWS }, (_, i) => mean(frames.map((frame) => frame[i] as number)));
}

/** Standard deviation of a pixel in 40 frames, which is NETD; median pixel. */
function deviationIn40(frames: Frame[]): number {
  const first = frames.slice(0, 40);
  return median(Array.from({ length: COLUMNS * ROWS }, (_, i) => deviation(first.map((frame) => frame[i] as number))));
}

interface Range {
  /** On recordings of real parts. */
  readonly low: number;
  readonly high: number;
  /** Of the emulated part. */
  readonly mean: number;
}

interface Statistic {
  readonly of: (frames: Frame[]) => number;
  readonly counts: Range;
  /** One count is 0.0207 to 0.0212 K between 20 and 22 °C. */
  readonly tlinear: Range;
}

const STATISTICS: Readonly<Record<string, Statistic>> = {
  "temporal noise": {
    of: temporalNoise,
    counts: { low: 0.75, high: 0.81, mean: 0.767 },
    tlinear: { low: 1.54, high: 1.72, mean: 1.63 },
  },
  "pixels that change (%)": {
    of: changingPixels,
    counts: { low: 23, high: 29, mean: 26.5 },
    tlinear: { low: 23, high: 29, mean: 26.5 },
  },
  "growth of the difference over two frames": {
    of: (frames) => growth(frames, 2),
    counts: { low: 1.9, high: 2, mean: 1.924 },
    tlinear: { low: 1.9, high: 2, mean: 1.919 },
  },
  "growth of the difference over ten frames": {
    of: (frames) => growth(frames, 10),
    counts: { low: 7, high: 7.4, mean: 7.2 },
    tlinear: { low: 7, high: 7.4, mean: 7.17 },
  },
  "deviation in 40 frames": {
    of: deviationIn40,
    counts: { low: 1.7, high: 2.1, mean: 2.03 },
    tlinear: { low: 3.5, high: 4.4, mean: 4.3 },
  },
  "fixed pattern": {
    of: (frames) => flatResidual(meanOf(frames.slice(0, 40))),
    counts: { low: 2.4, high: 3.5, mean: 2.81 },
    tlinear: { low: 5, high: 7.4, mean: 5.93 },
  },
  "pattern of one frame": {
    of: (frames) => flatResidual(frames[20] as Frame),
    counts: { low: 2.7, high: 4, mean: 3.32 },
    tlinear: { low: 5.6, high: 13.1, mean: 6.99 },
  },
};

/** Seconds since the FFC, for each recording; each has its own seed. The part does the next FFC after 180 s. */
const SINCE_FFC = [5, 60, 170];

describe.each(["counts", "tlinear"] as const)("noise of the default scene, %s", (unit) => {
  let recordings: Frame[][] = [];
  beforeAll(() => {
    const setUp = unit === "counts" ? withCounts : (): void => undefined;
    recordings = SINCE_FFC.map((seconds, i) => record({ seed: i + 1 }, seconds, setUp));
  });

  test.each(Object.keys(STATISTICS))("%s", (name) => {
    const statistic = STATISTICS[name] as Statistic;
    const range = statistic[unit];
    const values = recordings.map(statistic.of);
    expect(Math.min(...values)).toBeGreaterThanOrEqual(range.low);
    expect(Math.max(...values)).toBeLessThanOrEqual(range.high);
    expect(Math.abs(mean(values) / range.mean - 1)).toBeLessThan(0.01);
  });
});

describe("noise is larger with filters off", () => {
  const frames = (command?: number): Frame[] =>
    record({ scene: uniform(300.15) }, 5, (rig) => {
      withCounts(rig);
      if (command !== undefined) rig.set(command, [0, 0]);
    });
  const usual = frames();

  test("without the temporal filter noise is white, and 1.5 times as large in one frame", () => {
    const white = frames(0x4871);
    expect(Math.abs(growth(white, 2) - 1)).toBeLessThan(0.05);
    expect(deviationIn40(white)).toBeGreaterThan(4);
    expect(deviationIn40(white)).toBeLessThan(4.5);
  });

  test("without the pixel filter temporal noise is a quarter larger", () => {
    const more = temporalNoise(frames(0x4879)) / temporalNoise(usual);
    expect(more).toBeGreaterThan(1.15);
    expect(more).toBeLessThan(1.35);
  });

  test("without the column filter columns are visible", () => {
    const columns = (of: Frame[]): number => {
      const sums = Array.from({ length: COLUMNS }, (_, x) =>
        mean(Array.from({ length: ROWS }, (__, y) => of[20]?.[y * COLUMNS + x] as number)),
      );
      return deviation(sums);
    };
    expect(columns(frames(0x4875))).toBeGreaterThan(3 * columns(usual));
  });
});

test("pixel offsets are large before the first FFC; each FFC replaces them, and they grow with time and temperature", () => {
  const rig = new Rig({ scene: uniform(300.15) }).start();
  rig.set(0x4ec1, [0, 0]);
  const pattern = (): Frame => meanOf(rig.read(16).map((image) => image.words));
  const correct = (): void => {
    rig.command(0x0242);
    rig.clock.advance(1_200_000);
  };
  const raw = pattern();
  correct();
  const first = pattern();
  correct();
  const second = pattern();
  const difference = first.map((count, i) => count - (second[i] as number));
  rig.part.thermal.ambientKelvin += 8;
  const warm = pattern();
  expect(deviation(raw)).toBeGreaterThan(4 * deviation(first));
  expect(deviation(difference)).toBeGreaterThan(1.2 * deviation(first));
  expect(deviation(warm)).toBeGreaterThan(1.3 * deviation(second));
  expect(deviation(warm)).toBeLessThan(deviation(raw) / 2);
});
