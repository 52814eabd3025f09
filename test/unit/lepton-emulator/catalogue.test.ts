// SPDX-License-Identifier: Apache-2.0
// Every command of the catalogue: its operations, its length, and its value after reset for each model.

import { Rig } from "./rig";

type Words = number[];
interface Row {
  id: number;
  name: string;
  /** G, S and R as the catalogue marks them. */
  ops: string;
  words: number;
  /** Value after reset; absent if it is not constant. */
  value?: Words;
  /** Value of the 3.0 if it differs; `null`: it does not have the command. */
  value30?: Words | null;
}

const FULL = [0, 0, 159, 119];
const FLUX = [8192, 29515, 8192, 29515, 8192, 29515, 0, 29515];
const low = (value: number): number => value & 0xffff;
const high = (value: number): number => value >>> 16;
const longs = (...values: number[]): Words => values.flatMap((value) => [low(value), high(value)]);

const CATALOGUE: Row[] = [
  { id: 0x0100, name: "AGC enable", ops: "GS", words: 2, value: [0, 0] },
  { id: 0x0104, name: "AGC policy", ops: "GS", words: 2, value: [1, 0] },
  { id: 0x0108, name: "AGC ROI", ops: "GS", words: 4, value: FULL },
  { id: 0x010c, name: "AGC histogram statistics", ops: "G", words: 4 },
  { id: 0x0124, name: "AGC HEQ dampening", ops: "GS", words: 1, value: [64] },
  { id: 0x012c, name: "AGC HEQ clip high", ops: "GS", words: 1, value: [19200] },
  { id: 0x0130, name: "AGC HEQ clip low", ops: "GS", words: 1, value: [512] },
  { id: 0x013c, name: "AGC HEQ empty counts", ops: "GS", words: 1, value: [2] },
  { id: 0x0144, name: "AGC HEQ scale", ops: "GS", words: 2, value: [0, 0] },
  { id: 0x0148, name: "AGC calculation enable", ops: "GS", words: 2, value: [0, 0] },
  { id: 0x014c, name: "AGC HEQ linear percent", ops: "GS", words: 1, value: [20] },
  { id: 0x0200, name: "ping", ops: "R", words: 0 },
  { id: 0x0204, name: "camera status", ops: "G", words: 4 },
  { id: 0x0208, name: "FLIR serial", ops: "G", words: 4 },
  { id: 0x020c, name: "uptime", ops: "G", words: 2 },
  { id: 0x0210, name: "AUX temperature", ops: "G", words: 1, value30: null },
  { id: 0x0214, name: "FPA temperature", ops: "G", words: 1 },
  { id: 0x0218, name: "telemetry enable", ops: "GS", words: 2, value: [0, 0] },
  { id: 0x021c, name: "telemetry location", ops: "GS", words: 2, value: [1, 0] },
  { id: 0x0220, name: "frame average", ops: "R", words: 0 },
  { id: 0x0224, name: "frames to average", ops: "GS", words: 2, value: [3, 0] },
  { id: 0x0228, name: "customer serial", ops: "G", words: 16, value: new Array<number>(16).fill(0) },
  { id: 0x022c, name: "scene statistics", ops: "G", words: 4 },
  { id: 0x0230, name: "scene ROI", ops: "GS", words: 4, value: FULL },
  { id: 0x0234, name: "thermal shutdown count", ops: "G", words: 1, value: [270] },
  { id: 0x0238, name: "shutter position", ops: "GS", words: 2, value: [1, 0] },
  { id: 0x023c, name: "FFC object", ops: "GS", words: 16 },
  { id: 0x0240, name: "run FFC", ops: "R", words: 0 },
  { id: 0x0244, name: "FFC status", ops: "G", words: 2, value: [0, 0] },
  { id: 0x0248, name: "gain mode", ops: "GS", words: 2, value: [0, 0], value30: null },
  { id: 0x024c, name: "FFC state", ops: "GS", words: 2, value: [0, 0] },
  {
    id: 0x0250,
    name: "gain object",
    ops: "GS",
    words: 14,
    value: [0, 0, 119, 159, 25, 90, 115, 85, 388, 358, 19200, 0, 6938, 9462],
    value30: null,
  },
  { id: 0x0254, name: "gain mode desired", ops: "G", words: 2, value: [0, 0], value30: null },
  { id: 0x0300, name: "polarity", ops: "GS", words: 2, value: [0, 0] },
  { id: 0x0304, name: "colour LUT", ops: "GS", words: 2, value: [1, 0] },
  { id: 0x0308, name: "user LUT", ops: "GS", words: 512 },
  { id: 0x030c, name: "focus calculation", ops: "GS", words: 2, value: [0, 0] },
  { id: 0x0310, name: "focus ROI", ops: "GS", words: 4, value: [1, 1, 158, 118] },
  { id: 0x0314, name: "focus threshold", ops: "GS", words: 2, value: [30, 0] },
  { id: 0x0318, name: "focus metric", ops: "G", words: 2, value: [0, 0] },
  { id: 0x0324, name: "video freeze", ops: "GS", words: 2, value: [0, 0] },
  { id: 0x0330, name: "video output format", ops: "GS", words: 2, value: [7, 0] },
  { id: 0x0334, name: "low-gain LUT", ops: "GS", words: 2, value: [1, 0], value30: null },
  { id: 0x481c, name: "FLIR part number", ops: "G", words: 16 },
  { id: 0x4820, name: "software revision", ops: "G", words: 4, value: [0x0303, 0x031a, 0x1a03, 0] },
  { id: 0x4824, name: "video output enable", ops: "GS", words: 2, value: [1, 0] },
  { id: 0x4828, name: "OEM video output format", ops: "GS", words: 2, value: [7, 0] },
  { id: 0x482c, name: "video output source", ops: "GS", words: 2, value: [1, 0] },
  { id: 0x4838, name: "customer part number", ops: "G", words: 16 },
  { id: 0x483c, name: "constant value", ops: "GS", words: 1, value: [0] },
  { id: 0x4844, name: "FFC normalization target", ops: "GSR", words: 1, value: [8192] },
  { id: 0x4848, name: "OEM status", ops: "G", words: 2, value: [0, 0] },
  { id: 0x484c, name: "frame mean", ops: "G", words: 1 },
  { id: 0x4854, name: "GPIO mode", ops: "GS", words: 2, value: [0, 0] },
  { id: 0x4858, name: "VSYNC phase delay", ops: "GS", words: 2, value: [0, 0] },
  { id: 0x485c, name: "user defaults", ops: "GR", words: 2, value: [0, 0] },
  { id: 0x4864, name: "shutter profile", ops: "GS", words: 2, value: [4, 1] },
  { id: 0x4868, name: "thermal shutdown enable", ops: "GS", words: 2, value: [1, 0] },
  { id: 0x486c, name: "bad pixel replacement", ops: "GS", words: 2, value: [1, 0] },
  { id: 0x4870, name: "temporal filter", ops: "GS", words: 2, value: [1, 0] },
  { id: 0x4874, name: "column noise filter", ops: "GS", words: 2, value: [1, 0] },
  { id: 0x4878, name: "pixel noise filter", ops: "GS", words: 2, value: [1, 0] },
  {
    id: 0x4e00,
    name: "RBFO internal",
    ops: "GS",
    words: 8,
    value: longs(395653, 1435000, 1000, 156000),
    value30: null,
  },
  {
    id: 0x4e04,
    name: "RBFO external",
    ops: "GS",
    words: 8,
    value: longs(366303, 1435000, 1000, 162247),
    value30: null,
  },
  { id: 0x4e10, name: "radiometry enable", ops: "GS", words: 2, value: [1, 0], value30: [0, 0] },
  { id: 0x4e24, name: "TShutter mode", ops: "GS", words: 2, value: [1, 0] },
  { id: 0x4e28, name: "TShutter", ops: "GS", words: 1, value: [30000] },
  { id: 0x4e2c, name: "run RAD FFC", ops: "R", words: 0 },
  { id: 0x4e30, name: "RAD run status", ops: "G", words: 2, value: [0, 0] },
  { id: 0x4ebc, name: "flux linear parameters", ops: "GS", words: 8, value: FLUX, value30: null },
  { id: 0x4ec0, name: "TLinear enable", ops: "GS", words: 2, value: [1, 0], value30: null },
  { id: 0x4ec4, name: "TLinear resolution", ops: "GS", words: 2, value: [1, 0], value30: null },
  { id: 0x4ec8, name: "TLinear auto resolution", ops: "GS", words: 2, value: [0, 0], value30: null },
  { id: 0x4ecc, name: "spotmeter ROI", ops: "GS", words: 4, value: [59, 79, 60, 80], value30: null },
  { id: 0x4ed0, name: "spotmeter value", ops: "G", words: 4, value30: null },
  {
    id: 0x4ed4,
    name: "RBFO internal low",
    ops: "GS",
    words: 8,
    value: longs(64155, 1470000, 1000, 728000),
    value30: null,
  },
  {
    id: 0x4ed8,
    name: "RBFO external low",
    ops: "GS",
    words: 8,
    value: longs(104101, 1470000, 1000, 330859),
    value30: null,
  },
];

describe.each(["3.5", "3.1R", "3.0"] as const)("Lepton %s", (model) => {
  const rig = new Rig({ model }).boot();

  test.each(CATALOGUE)("$name", ({ id, ops, words, value, value30 }) => {
    if (model === "3.0" && value30 === null) {
      expect(rig.command(id, words)).toBe(-7);
      expect(rig.command(id + 1, words)).toBe(-7);
      return;
    }
    const expected = model === "3.0" && value30 !== undefined && value30 !== null ? value30 : value;
    if (ops.includes("G")) {
      const got = rig.get(id, words);
      if (expected !== undefined) expect(got).toEqual(expected);
      for (const wrong of [words - 1, words + 1]) expect(rig.command(id, wrong)).toBe(-6);
      // The value that was read can be written back, with exactly that length.
      if (ops.includes("S")) {
        expect(rig.trySet(id + 1, got)).toBe(0);
        expect(rig.command(id + 1, words + 1)).toBe(-6);
        expect(rig.get(id, words)).toEqual(id === 0x023c ? expect.anything() : got);
      }
    } else expect(rig.command(id, words)).toBe(-7);
    if (!ops.includes("S")) expect(rig.command(id + 1, words)).toBe(-7);
    if (!ops.includes("R")) expect(rig.command(id + 2)).toBe(-7);
  });

  test("FFC object: mode, freeze, period, delta and delay of this model", () => {
    const fresh = new Rig({ model }).boot().get(0x023c, 16);
    const period = model === "3.0" ? 300_000 : 180_000;
    const delta = model === "3.0" ? 300 : 150;
    expect(fresh.slice(0, 8)).toEqual([1, 0, 0, 0, 1, 0, 1, 0]);
    expect(fresh.slice(10)).toEqual([low(period), high(period), 0, delta, 52, 0]);
  });

  test("part number", () => {
    const text = String.fromCharCode(...rig.get(0x481c, 16).flatMap((w) => [w & 0xff, w >> 8]));
    const numbers = { "3.5": "500-0771-01", "3.1R": "500-0758-03", "3.0": "500-0726-01" };
    expect(text.replace(/\0+$/, "")).toBe(numbers[model]);
  });

  test("run commands", () => {
    for (const run of [0x0202, 0x0222, 0x0242, 0x4e2e, 0x4846]) expect(rig.command(run)).toBe(0);
  });
});

test("uptime counts milliseconds since reset, and FPA and AUX temperatures are in 0.01 K", () => {
  const rig = new Rig().boot();
  const before = rig.get(0x020c, 2);
  expect((before[0] as number) + (before[1] as number) * 65536).toBeGreaterThanOrEqual(1000);
  rig.clock.advance(70_000_000);
  const after = rig.get(0x020c, 2);
  expect(after[1]).toBe(1);
  const fpa = rig.get(0x0214, 1)[0] as number;
  const aux = rig.get(0x0210, 1)[0] as number;
  expect(fpa / 100).toBeCloseTo(rig.part.thermal.fpaKelvin, 1);
  expect(aux / 100).toBeCloseTo(rig.part.thermal.housingKelvin, 1);
});

test("frames to average: 1 to 128 as a power of two, read back, used by the averaging and shown in telemetry", () => {
  const rig = new Rig().start();
  for (const log2 of [0, 7, 5]) {
    rig.set(0x0225, [log2, 0]);
    expect(rig.get(0x0224, 2)).toEqual([log2, 0]);
  }
  expect(rig.trySet(0x0225, [8, 0])).toBe(-3);
  expect(rig.trySet(0x0225, [0xffff, 0xffff])).toBe(-3);
  expect(rig.get(0x0224, 2)).toEqual([5, 0]);
  rig.readOne();
  expect(rig.readOne().telemetry[74]).toBe(5);
  expect(rig.command(0x0222)).toBe(0);
  const innerFrameUs = 4 * 9496.936;
  rig.clock.advance(30 * innerFrameUs);
  expect(rig.get(0x0244, 2)).toEqual([2, 0]);
  rig.clock.advance(3 * innerFrameUs);
  expect(rig.get(0x0244, 2)).toEqual([0, 0]);
});

test("the part number is an option", () => {
  const words = new Rig({ partNumber: "500-9999-99" }).boot().get(0x481c, 16);
  expect(String.fromCharCode(...words.slice(0, 4).flatMap((w) => [w & 0xff, w >> 8]))).toBe("500-9999");
});
