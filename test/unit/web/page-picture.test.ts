// SPDX-License-Identifier: Apache-2.0
/** What the camera's page makes of frames, without a browser. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Enlarger } from "../../../modules/web/page/enlarge";
import { pixelAt, readFrame } from "../../../modules/web/page/frame";
import { boxBetween, COLUMNS, moved, PIXELS, ROWS } from "../../../modules/web/page/geometry";
import { History } from "../../../modules/web/page/history";
import { decompress } from "../../../modules/web/page/lossless";
import { bandOf, colours, fillTable } from "../../../modules/web/page/palette";
import { percentiles, statisticsOf } from "../../../modules/web/page/statistics";
import { readTelemetry } from "../../../modules/web/page/telemetry";
import { fromKelvin, marks, Scale, toKelvin, UNITS } from "../../../modules/web/page/units";
import { readPalettes } from "../../../tools/palettes";
import { compress } from "./lossless-encoder";

const recording = JSON.parse(readFileSync(join(__dirname, "../../fixtures/lepton35-agc-off.tjsn"), "utf8")) as {
  radiometric: string;
  telemetry: string;
};
const words = (text: string): Uint16Array => {
  const bytes = Buffer.from(text, "base64");
  return Uint16Array.from({ length: bytes.length / 2 }, (_, i) => bytes.readUInt16LE(2 * i));
};
const pixels = words(recording.radiometric);
const telemetry = words(recording.telemetry);

describe("compressed frames", () => {
  const flat = new Uint16Array(PIXELS);
  const noise = Uint16Array.from({ length: PIXELS }, (_, i) => (i * 2654435761) >>> 16);
  const extremes = Uint16Array.from({ length: PIXELS }, (_, i) => (i % 3 ? 65535 : 0));
  test.each([
    ["a recorded frame", pixels],
    ["an even frame", flat],
    ["noise, whose codes are escapes", noise],
    ["the largest differences", extremes],
  ])("%s comes back as it was", (_, frame) => {
    expect(decompress(compress(frame))).toEqual(frame);
  });

  test("bytes that end too early, or go on, are no frame", () => {
    const bytes = compress(pixels);
    expect(decompress(bytes.subarray(0, bytes.length - 1))).toBeUndefined();
    expect(decompress(Uint8Array.of(...bytes, 0))).toBeUndefined();
    expect(decompress(new Uint8Array(0))).toBeUndefined();
  });

  test("a recorded frame takes less than half of its pixels", () => {
    expect(compress(pixels).length).toBeLessThan(PIXELS);
  });
});

/** A message of version 2 with the recorded frame. */
function message(compressed: boolean): ArrayBuffer {
  const payload = compressed ? compress(pixels) : new Uint8Array(Uint16Array.from(pixels).buffer);
  const bytes = new Uint8Array(40 + 480 + payload.length);
  const view = new DataView(bytes.buffer);
  bytes.set(Buffer.from("TCAM"));
  bytes.set([2, 1 | (compressed ? 2 : 0) | 4], 4);
  view.setUint16(6, 480, true);
  view.setUint32(8, payload.length, true);
  view.setUint32(12, 77, true);
  [27520, 33870, 29880, 29487].forEach((value, i) => view.setUint16(28 + 2 * i, value, true));
  bytes.set([30, 3, 48, 126], 36);
  telemetry.forEach((word, i) => view.setUint16(40 + 2 * i, word, true));
  bytes.set(payload, 520);
  return bytes.buffer;
}

describe("image messages", () => {
  test.each([[false], [true]])("are read (compressed: %s)", (compressed) => {
    const frame = readFrame(message(compressed));
    expect(frame).toMatchObject({
      sequence: 77,
      disturbed: true,
      agc: false,
      ...{ min: 27520, max: 33870, mean: 29880, spot: 29487 },
      minAt: { row: 30, column: 3 },
      maxAt: { row: 48, column: 126 },
    });
    expect(frame?.pixels).toEqual(pixels);
    expect(frame?.telemetry).toEqual(telemetry);
    expect(frame && pixelAt(frame, { row: 48, column: 126 })).toBe(pixels[48 * COLUMNS + 126]);
  });

  test("other messages, other versions and cut-off ones are not read", () => {
    const change = (at: number, value: number): ArrayBuffer => {
      const bytes = new Uint8Array(message(false));
      bytes[at] = value;
      return bytes.buffer;
    };
    for (const bad of [new ArrayBuffer(0), change(0, 0), change(4, 1), change(8, 1), message(true).slice(0, -1)])
      expect(readFrame(bad)).toBeUndefined();
  });
});

test("telemetry: shutter, spot meter, resolution and temperatures of the recorded frame", () => {
  const read = readTelemetry(telemetry, false);
  expect(read).toMatchObject({
    ffc: "complete",
    resolution: 0.01,
    emissivity: 98,
    spotBox: { r1: 59, c1: 70, r2: 60, c2: 71 },
  });
  expect(read.ffcAge).toBeGreaterThan(0);
  expect((read.ffcAge ?? 0) + (read.ffcDue ?? 0)).toBe(180_000);
  expect(fromKelvin(read.fpa, "°C")).toBeCloseTo(33, 0);
  expect(readTelemetry(telemetry, true).resolution).toBeUndefined();
  expect(readTelemetry(new Uint16Array(240), false)).toMatchObject({ ffc: "never", ffcAge: undefined });
});

describe("palettes", () => {
  const palettes = readPalettes();

  test("there are at least ten, with names of their own", () => {
    expect(palettes.length).toBeGreaterThanOrEqual(10);
    expect(new Set(palettes.map(([name]) => name)).size).toBe(palettes.length);
  });

  test.each(palettes)("%s goes from its first stop through each to its last, without jumps", (name, stops) => {
    const rgb = colours([name, stops]);
    for (const [entry = 0, ...colour] of stops) expect([...rgb.subarray(3 * entry, 3 * entry + 3)]).toEqual(colour);
    for (let i = 3; i < rgb.length; i++) expect(Math.abs((rgb[i] ?? 0) - (rgb[i - 3] ?? 0))).toBeLessThanOrEqual(9);
  });

  const iron = colours(palettes.find(([name]) => name === "iron") ?? ["", []]);
  const pixelOf = (entry: number): number =>
    Buffer.from([...iron.subarray(3 * entry, 3 * entry + 3), 255]).readUInt32LE();

  test("the range gets the whole palette, and values outside its ends", () => {
    const table = new Uint32Array(65536);
    fillTable(table, iron, 29000, 29510, undefined);
    expect([0, 29000, 29255, 29510, 65535].map((value) => table[value])).toEqual([0, 0, 128, 255, 255].map(pixelOf));
    fillTable(table, iron, 29000.5, 29001.5, undefined);
    expect([29000, 29002].map((value) => table[value])).toEqual([0, 255].map(pixelOf));
  });

  test.each([
    [undefined, undefined],
    [{ low: 1_250, high: 65_535 }, [0.25, 1]],
    [{ low: 0, high: 1_250 }, [0, 0.25]],
    [{ low: 1_250, high: 1_500 }, [0.25, 0.5]],
    [{ low: 0, high: 65_535 }, [0, 1]],
    [{ low: 0, high: 900 }, undefined],
    [{ low: 2_100, high: 65_535 }, undefined],
    [{ low: 1_500, high: 1_250 }, undefined],
  ])("the isotherm %j covers %j of a scale from 1,000 to 2,000", (isotherm, band) => {
    expect(bandOf(isotherm, 1_000, 2_000)).toEqual(band);
  });

  test("an isotherm has a colour of no palette", () => {
    const table = new Uint32Array(65536);
    fillTable(table, iron, 0, 65535, { low: 1000, high: 1002 });
    const colour = table[1000];
    expect([999, 1000, 1001, 1002, 1003].map((value) => table[value] === colour)).toEqual([
      false,
      true,
      true,
      true,
      false,
    ]);
    for (const palette of palettes) {
      const rgb = colours(palette);
      for (let i = 0; i < 256; i++)
        expect(Buffer.from([...rgb.subarray(3 * i, 3 * i + 3), 255]).readUInt32LE()).not.toBe(colour);
    }
  });
});

describe("enlarged pictures", () => {
  const identity = Uint32Array.from({ length: 65536 }, (_, i) => i);
  const enlarge = (frame: Uint16Array, factor: number): Uint32Array => {
    const enlarger = new Enlarger(factor);
    const target = new Uint32Array(enlarger.width * enlarger.height);
    enlarger.draw(frame, identity, target);
    return target;
  };

  test("at factor 1 each pixel is the sensor's", () => {
    expect([...enlarge(pixels, 1)]).toEqual([...pixels]);
  });

  test("the pixel in the middle of a sensor's pixel has its value", () => {
    const large = enlarge(pixels, 3);
    for (let row = 0; row < ROWS; row++)
      for (let column = 0; column < COLUMNS; column++)
        expect(large[(3 * row + 1) * 480 + 3 * column + 1]).toBe(pixels[row * COLUMNS + column]);
  });

  test("between pixels, values are interpolated in both directions, and corners are not left", () => {
    const ramp = Uint16Array.from(
      { length: PIXELS },
      (_, i) => 1000 + 64 * (i % COLUMNS) + 320 * Math.floor(i / COLUMNS),
    );
    const large = enlarge(ramp, 4);
    const at = (x: number, y: number): number => large[y * 640 + x] ?? 0;
    expect([2, 3, 4, 5, 6].map((x) => at(x, 1))).toEqual([8, 24, 40, 56, 72].map((value) => 1000 + value));
    expect([2, 3, 4, 5].map((y) => at(1, y))).toEqual([40, 120, 200, 280].map((value) => 1000 + value));
    expect([at(0, 0), at(639, 479)]).toEqual([1000, 1000 + 64 * 159 + 320 * 119]);
  });

  test("the largest values do not overflow", () => {
    expect(new Set(enlarge(new Uint16Array(PIXELS).fill(65535), 5))).toEqual(new Set([65535]));
  });
});

describe("statistics", () => {
  test("of a box: both ends included", () => {
    const frame = Uint16Array.from({ length: PIXELS }, (_, i) => i % 1000);
    expect(statisticsOf(frame, { c1: 1, r1: 0, c2: 3, r2: 0 })).toEqual({ min: 1, max: 3, mean: 2 });
    expect(statisticsOf(frame, { c1: 0, r1: 1, c2: 0, r2: 1 })).toEqual({ min: 160, max: 160, mean: 160 });
  });

  test("percentiles are nearest ranks", () => {
    const sorted = [...pixels].sort((a, b) => a - b);
    for (const percent of [1, 50, 99, 100])
      expect(percentiles(pixels, percent, percent)[0]).toBe(sorted[Math.ceil((percent * PIXELS) / 100) - 1]);
    expect(percentiles(new Uint16Array(PIXELS).fill(65535), 1, 99)).toEqual([65535, 65535]);
  });
});

describe("units", () => {
  test("of a temperature", () => {
    expect(UNITS.map((unit) => fromKelvin(373.15, unit))).toEqual([100, 212, 373.15]);
    for (const unit of UNITS) expect(toKelvin(fromKelvin(300, unit), unit)).toBeCloseTo(300, 9);
  });

  test("numbers have one digit, a minus sign and the language's point; zero has no sign", () => {
    const celsius = new Scale(0.01, "°C", "en");
    expect([29482, 27314, 27315, 25994].map((count) => celsius.number(count))).toEqual([
      "21.7",
      "0.0",
      "0.0",
      "\u221213.2",
    ]);
    expect(new Scale(0.1, "°F", "de").text(3000)).toBe("80,3\u00a0°F");
    expect(celsius.count(celsius.value(29482))).toBeCloseTo(29482, 6);
  });

  test("counts are shown as they are, without a unit", () => {
    const counts = new Scale(undefined, "°C", "en");
    expect([counts.text(213), counts.sign, counts.value(7), counts.count(7)]).toEqual(["213", "", 7, 7]);
  });

  test.each([
    [5.2, 64.4, 8, [10, 20, 30, 40, 50, 60]],
    [-1, 1, 4, [-1, -0.5, 0, 0.5, 1]],
    [20, 20.9, 3, [20, 20.5]],
    [7, 7, 3, [7]],
  ])("marks from %d to %d, about %d", (low, high, wanted, expected) => {
    const found = marks(low, high, wanted);
    expect(found.length).toBe(expected.length);
    found.forEach((value, i) => expect(value).toBeCloseTo(expected[i] ?? NaN, 9));
  });
});

test("boxes stay within the picture, whatever the corners", () => {
  expect(boxBetween(150, 100, -5, 500)).toEqual({ c1: 0, r1: 100, c2: 150, r2: 119 });
  expect(moved({ c1: 10, r1: 10, c2: 19, r2: 14 }, 1000, -1000)).toEqual({ c1: 150, r1: 0, c2: 159, r2: 4 });
});

test("the history has a sample a second, of ten minutes", () => {
  const history = new History();
  for (let at = 0; at <= 700_000; at += 114) history.add({ at, spot: at, min: 0, max: 1 });
  const { samples } = history;
  expect(samples.length).toBeGreaterThan(560);
  expect(samples.length).toBeLessThanOrEqual(641);
  expect((samples.at(-1)?.at ?? 0) - (samples[0]?.at ?? 0)).toBeLessThanOrEqual(600_000);
});
