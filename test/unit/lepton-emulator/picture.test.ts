// SPDX-License-Identifier: Apache-2.0

import { kelvinOf, rbfoOf, signalOf } from "../../../simulator/lepton/radiometry";
import { deviation, mean, Rig, split, uniform } from "./rig";
import type { Image } from "./rig";

const HIGH = rbfoOf([366303, 1435000, 1000, 162247]);
const LOW = rbfoOf([104101, 1470000, 1000, 330859]);

describe("signal by temperature", () => {
  test.each([
    [-10, 1738, 723],
    [25, 3162, 1088],
    [60, 5163, 1609],
    [100, 8162, 2397],
    [140, 11886, 3384],
  ])("%i °C: %i counts in high gain, %i in low", (celsius, high, low) => {
    expect(Math.round(signalOf(HIGH, celsius + 273.15))).toBe(high);
    expect(Math.round(signalOf(LOW, celsius + 273.15))).toBe(low);
  });

  test.each([
    [350, 11197],
    [400, 13542],
    [450, 16020],
  ])("%i °C: %i counts in low gain", (celsius, low) => {
    expect(Math.abs(signalOf(LOW, celsius + 273.15) - low)).toBeLessThan(1);
  });

  test("14 bits end at about 181 °C in high and 457 °C in low gain", () => {
    expect(Math.round(kelvinOf(HIGH, 16383) - 273.15)).toBe(181);
    expect(Math.round(kelvinOf(LOW, 16383) - 273.15)).toBe(457);
  });

  test("temperature is recovered from counts", () => {
    for (const kelvin of [250, 300, 400]) expect(kelvinOf(HIGH, signalOf(HIGH, kelvin))).toBeCloseTo(kelvin, 9);
    expect(kelvinOf(HIGH, 100)).toBe(0);
  });
});

/** A part that has just done its FFC, so that its offsets are small. */
function corrected(options: ConstructorParameters<typeof Rig>[0]): Rig {
  const rig = new Rig(options).start();
  rig.command(0x0242);
  rig.clock.advance(1_200_000);
  return rig;
}

test("TLinear gives the scene's temperature in 0.01 K and in 0.1 K", () => {
  const rig = corrected({ scene: uniform(305.37) });
  expect(Math.abs(mean(rig.readOne().words) - 30537)).toBeLessThan(2);
  rig.set(0x4ec5, [0, 0]);
  rig.readOne();
  expect(Math.abs(mean(rig.readOne().words) - 3053.7)).toBeLessThan(0.2);
});

test("with TLinear off the words are flux counts of 14 bits", () => {
  const rig = corrected({ scene: uniform(298.15) });
  rig.set(0x4ec1, [0, 0]);
  rig.readOne();
  const image = rig.readOne();
  expect(Math.abs(mean(image.words) - 3162.2)).toBeLessThan(1);
  expect(image.telemetry[208]).toBe(0);
});

test.each([
  ["3.5", 4096],
  ["3.0", 8192],
] as const)("with radiometry off a %s gives about %i counts for a scene at its own temperature", (model, level) => {
  const rig = corrected({ model, scene: uniform(295.15 + 8.45) });
  if (model === "3.5") {
    rig.set(0x4ec1, [0, 0]);
    rig.set(0x4e11, [0, 0]);
  }
  rig.readOne();
  expect(Math.abs(mean(rig.readOne().words) - level)).toBeLessThan(25);
});

test("the same seed gives the same picture, another seed another one", () => {
  const picture = (seed: number): number[] => [...new Rig({ seed }).start().readOne().words];
  const first = picture(5);
  expect(picture(5)).toEqual(first);
  expect(picture(6)).not.toEqual(first);
});

describe("flux linear parameters", () => {
  const temperature = (parameters: number[], kelvin: number): number => {
    const rig = corrected({ scene: uniform(kelvin) });
    rig.set(0x4ebd, parameters);
    rig.readOne();
    return mean(rig.readOne().words) / 100;
  };

  test("lower emissivity reads warm objects warmer and cold objects colder, relative to the background", () => {
    const half = [4096, 29515, 8192, 29515, 8192, 29515, 0, 29515];
    const signal = (kelvin: number): number => signalOf(HIGH, kelvin);
    for (const kelvin of [320, 280]) {
      const expected = kelvinOf(HIGH, (signal(kelvin) - 0.5 * signal(295.15)) / 0.5);
      expect(Math.abs(temperature(half, kelvin) - expected)).toBeLessThan(0.05);
    }
  });

  test("a scene at background temperature does not depend on emissivity", () => {
    expect(temperature([2048, 29515, 8192, 29515, 8192, 29515, 0, 29515], 295.15)).toBeCloseTo(295.15, 1);
  });

  test("window and air add their own radiation", () => {
    const parameters = [8192, 29515, 6554, 31000, 7373, 28000, 819, 30000];
    const signal = (kelvin: number): number => signalOf(HIGH, kelvin);
    const [w, a, r] = [6554 / 8192, 7373 / 8192, 819 / 8192];
    const arrives = signal(330);
    const added = w * (1 - a) * signal(280) + r * signal(300) + (1 - w - r) * signal(310);
    const expected = kelvinOf(HIGH, (arrives - added) / (w * a));
    expect(Math.abs(temperature(parameters, 330) - expected)).toBeLessThan(0.05);
  });
});

describe("AGC", () => {
  test("uses the whole 8 bits, and telemetry's AGC bit changes with the same frame as the pixels", () => {
    const rig = new Rig().start();
    rig.read(3);
    rig.set(0x0101, [1, 0]);
    rig.read(3);
    rig.set(0x0101, [0, 0]);
    rig.read(3);
    const kinds = rig.images.map((image) => ({
      bit: ((image.telemetry[3] as number) & 0x1000) !== 0,
      eight: image.words.every((word) => word < 256),
    }));
    expect(kinds.every((kind) => kind.bit === kind.eight)).toBe(true);
    expect(kinds.map((kind) => kind.bit)).toContain(true);
    expect(kinds.at(-1)?.bit).toBe(false);
    const agc = rig.images.find((image) => ((image.telemetry[3] as number) & 0x1000) !== 0);
    expect(Math.max(...(agc?.words ?? []))).toBe(255);
    expect(Math.min(...(agc?.words ?? []))).toBe(0);
  });

  const agcImage = (rig: Rig): Uint16Array => {
    rig.set(0x0101, [1, 0]);
    return (rig.read(12).at(-1) as { words: Uint16Array }).words;
  };

  test("HEQ gives a small range of temperatures more levels than the linear policy", () => {
    // Most of the picture is within 1 K, a small part is far away.
    const scene = {
      kind: "thermal" as const,
      name: "narrow",
      render: (_: number, out: Float32Array): void => {
        for (let i = 0; i < out.length; i++) out[i] = i < 19000 ? 300 + (i % 100) / 100 : 380;
      },
    };
    const spread = (policy: number): number => {
      const rig = corrected({ scene });
      rig.set(0x0105, [policy, 0]);
      const words = agcImage(rig);
      return deviation(words.subarray(0, 19000));
    };
    expect(spread(1)).toBeGreaterThan(5 * spread(0));
  });

  test("statistics are those of the region of interest", () => {
    const rig = corrected({ scene: split(320, 300, 0.5) });
    rig.set(0x0109, [0, 60, 159, 119]);
    rig.set(0x0149, [1, 0]);
    rig.readOne();
    rig.readOne();
    const [min, max, average, count] = rig.get(0x010c, 4) as [number, number, number, number];
    expect(count).toBe(9600);
    expect(Math.abs(average - signalOf(HIGH, 300))).toBeLessThan(3);
    expect(max - min).toBeLessThan(60);
  });

  test("black-hot polarity inverts the picture", () => {
    const rig = corrected({ scene: split(320, 300, 0.5) });
    rig.set(0x0301, [1, 0]);
    const words = agcImage(rig);
    expect(mean(words.subarray(0, 9000))).toBeLessThan(mean(words.subarray(10200)));
  });

  test("dampening makes the curve follow slowly", () => {
    const change = (dampening: number): number => {
      const rig = corrected({ scene: split(301, 300, 0.5) });
      rig.set(0x0125, [dampening]);
      const before = agcImage(rig);
      rig.part.scene = split(330, 300, 0.5);
      const after = rig.readOne().words;
      return Math.abs(mean(after.subarray(0, 9000)) - mean(before.subarray(0, 9000)));
    };
    // The previous curve ends below the new, hotter part, nearly all of which saturates.
    expect(change(250)).not.toBe(change(0));
  });
});

describe("spotmeter", () => {
  test("agrees with the pixels of the same frame: mean rounded down, maximum, minimum, population", () => {
    const rig = new Rig().start();
    rig.set(0x4ecd, [30, 100, 33, 104]);
    rig.readOne();
    for (const image of rig.read(5)) {
      const pixels: number[] = [];
      for (let row = 30; row <= 33; row++) for (let col = 100; col <= 104; col++) pixels.push(image.words[row * 160 + col] as number); // prettier-ignore
      expect([...image.telemetry.subarray(210, 218)]).toEqual([
        Math.floor(mean(pixels)),
        Math.max(...pixels),
        Math.min(...pixels),
        20,
        30,
        100,
        33,
        104,
      ]);
    }
    const last = rig.images.at(-1) as { telemetry: Uint16Array };
    expect(rig.get(0x4ed0, 4)).toEqual([...last.telemetry.subarray(210, 214)]);
  });

  test("stays in kelvin while AGC is on", () => {
    const rig = corrected({ scene: uniform(310) });
    rig.set(0x0101, [1, 0]);
    rig.readOne();
    const image = rig.readOne();
    expect(Math.abs((image.telemetry[210] as number) - 31000)).toBeLessThan(15);
  });

  test("a new region takes effect at once over CCI", () => {
    const rig = corrected({ scene: split(320, 300, 0.5) });
    rig.readOne();
    rig.set(0x4ecd, [10, 10, 20, 20]);
    expect(Math.abs((rig.get(0x4ed0, 4)[0] as number) - 32000)).toBeLessThan(10);
    rig.set(0x4ecd, [100, 10, 110, 20]);
    expect(Math.abs((rig.get(0x4ed0, 4)[0] as number) - 30000)).toBeLessThan(10);
    expect(rig.get(0x4ed0, 4)[3]).toBe(121);
  });
});

test("scene statistics are those of the words in the scene region", () => {
  const rig = new Rig().start();
  rig.set(0x0231, [20, 10, 39, 29]);
  const image = rig.read(2)[1] as { words: Uint16Array };
  const pixels: number[] = [];
  for (let row = 10; row <= 29; row++)
    for (let col = 20; col <= 39; col++) pixels.push(image.words[row * 160 + col] as number);
  expect(rig.get(0x022c, 4)).toEqual([Math.floor(mean(pixels)), Math.max(...pixels), Math.min(...pixels), 400]);
});

test("video freeze repeats the last frame, its frame counter included", () => {
  const rig = new Rig().start();
  rig.read(2);
  rig.set(0x0325, [1, 0]);
  rig.readOne();
  const [a, b] = rig.read(2) as [Image, Image];
  expect(b.words).toEqual(a.words);
  expect(b.telemetry[20]).toBe(a.telemetry[20]);
  expect(b.telemetry[1]).not.toBe(a.telemetry[1]);
});

test("bad pixels are visible when their replacement is off", () => {
  const rig = corrected({ scene: uniform(300) });
  rig.set(0x486d, [0, 0]);
  rig.readOne();
  expect(rig.readOne().words.filter((word) => word < 20000).length).toBe(5);
});

test("video output off leaves only invalid segments", () => {
  const rig = new Rig().start();
  rig.readOne();
  rig.set(0x4825, [0, 0]);
  rig.clock.advance(200_000);
  const first = rig.segments.length;
  rig.clock.advance(300_000);
  expect(rig.segments.slice(first).every((s) => s.whole && s.number === 0)).toBe(true);
});

test("constant and ramp sources replace the scene", () => {
  const rig = new Rig().start();
  rig.set(0x4ec1, [0, 0]);
  rig.set(0x483d, [1234]);
  rig.set(0x482d, [3, 0]);
  rig.readOne();
  expect(new Set(rig.readOne().words)).toEqual(new Set([1234]));
  rig.set(0x482d, [4, 0]);
  rig.readOne();
  expect([...rig.readOne().words.subarray(160, 163)]).toEqual([0, 1, 2]);
  rig.set(0x482d, [5, 0]);
  rig.readOne();
  expect([...rig.readOne().words.subarray(159, 161)]).toEqual([0, 1]);
});

test("the focus metric is larger for a sharp edge than for a flat scene", () => {
  const metric = (upper: number): number => {
    const rig = corrected({ scene: split(upper, 300, 0.5) });
    rig.set(0x030d, [1, 0]);
    rig.readOne();
    const [low, high] = rig.get(0x0318, 2) as [number, number];
    return low + high * 65536;
  };
  expect(metric(340)).toBeGreaterThan(10 * metric(300) + 100);
});
