// SPDX-License-Identifier: Apache-2.0

import { readFileSync } from "node:fs";
import { parseRecording } from "../../../simulator/lepton";
import { signalOf } from "../../../simulator/lepton/radiometry";
import { long, mean, Rig } from "./rig";
import type { Image } from "./rig";

const HIGH = { r: 366303, b: 1435, f: 1, o: 162.247 };

/** Words that depend on the moment or the unit: only these may differ from a recording of a real 3.5. */
const OWN = new Map<number, string>([
  ...range(1, 2, "time"),
  ...range(5, 11, "serial number"),
  ...range(20, 21, "frame counter"),
  ...range(22, 22, "frame mean"),
  ...range(23, 26, "temperatures"),
  ...range(29, 32, "the last FFC"),
  ...range(119, 119, "undocumented, moves with the camera's temperature"),
  ...range(210, 212, "spotmeter"),
  ...range(231, 237, "serial number"),
]);

function range(first: number, last: number, what: string): [number, string][] {
  return Array.from({ length: last - first + 1 }, (_, i) => [first + i, what]);
}

test("every word that does not depend on moment or unit equals that of a recording of a real 3.5 with the same settings", () => {
  const recorded = parseRecording(readFileSync(`${__dirname}/../../fixtures/lepton35-agc-off.tjsn`, "utf8")).telemetry;
  const rig = new Rig().start();
  rig.set(0x4ebd, [8028, 29515, 8192, 29515, 8192, 29515, 0, 29515]);
  rig.set(0x4ecd, [59, 70, 60, 71]);
  expect(rig.command(0x0242)).toBe(0);
  rig.clock.advance(1_500_000);
  const own = rig.readOne().telemetry;
  const different = [...recorded.keys()].filter((i) => !OWN.has(i) && own[i] !== recorded[i]);
  expect(different.map((i) => [i, own[i], recorded[i]])).toEqual([]);
});

test("row A: revision, times, counters, temperatures, regions", () => {
  const rig = new Rig().start();
  const [first, second] = rig.read(2) as [Image, Image];
  const t = second.telemetry;
  expect(t[0]).toBe(0x000e);
  expect(long(t, 20)).toBe(long(first.telemetry, 20) + 1);
  expect(Math.abs(long(t, 1) - long(first.telemetry, 1) - 114)).toBeLessThanOrEqual(1);
  expect([...t.subarray(5, 9)]).toEqual(rig.get(0x0208, 4));
  expect([...t.subarray(231, 238)]).toEqual([...t.subarray(5, 12)]);
  expect([...t.subarray(13, 17)]).toEqual([794, 3, 794, 3]);
  expect(t[24]).toBe(rig.get(0x0214, 1)[0]);
  expect(t[26]).toBe(rig.get(0x0210, 1)[0]);
  expect([...t.subarray(34, 40)]).toEqual([0, 0, 159, 119, 19200, 512]);
  expect(long(t, 72)).toBe(7);
  expect(t[74]).toBe(3);
});

test("raw temperatures follow a real part's sensors", () => {
  const rig = new Rig().start();
  const t = rig.readOne().telemetry;
  const fpa = 7021 + (7827 - 7021) * ((306.13 - (t[24] as number) / 100) / (306.13 - 294.28));
  const housing = 8596 + (10174 - 8596) * ((305.18 - (t[26] as number) / 100) / (305.18 - 293.55));
  expect(Math.abs((t[23] as number) - fpa)).toBeLessThan(2);
  expect(Math.abs((t[25] as number) - housing)).toBeLessThan(2);
});

test("the frame mean is in flux counts in every output mode", () => {
  const rig = new Rig().start();
  const image = rig.readOne();
  const flux = mean(Array.from(image.words, (word) => signalOf(HIGH, word / 100)));
  expect(Math.abs((image.telemetry[22] as number) - flux)).toBeLessThan(2);
  rig.set(0x0101, [1, 0]);
  rig.readOne();
  expect(Math.abs((rig.readOne().telemetry[22] as number) - flux)).toBeLessThan(40);
});

test("row B: both sets of constants and the flux parameters, low word first", () => {
  const rig = new Rig().start();
  rig.set(0x4ebd, [8028, 29300, 8100, 29400, 8000, 29500, 50, 29600]);
  rig.readOne();
  const t = rig.readOne().telemetry;
  expect([3, 5, 7, 9].map((i) => long(t, 80 + i))).toEqual([395653, 1435000, 1000, 156000]);
  expect([11, 13, 15, 17].map((i) => long(t, 80 + i))).toEqual([366303, 1435000, 1000, 162247]);
  expect([...t.subarray(99, 107)]).toEqual([8028, 29300, 8000, 29500, 8100, 50, 29400, 29600]);
});

test("row C: gain, thresholds, TLinear", () => {
  const rig = new Rig().start();
  rig.set(0x0249, [2, 0]);
  rig.readOne();
  const t = rig.readOne().telemetry;
  expect([...t.subarray(165, 178)]).toEqual([2, 0, 0, 115, 85, 388, 358, 9462, 6938, 25, 90, 4800, 17280]);
  expect([...t.subarray(182, 186)]).toEqual([0, 0, 119, 159]);
  expect([192, 194, 196, 198].map((i) => long(t, i))).toEqual([64155, 1470000, 1000, 728000]);
  expect([200, 202, 204, 206].map((i) => long(t, i))).toEqual([104101, 1470000, 1000, 330859]);
  expect([...t.subarray(208, 210)]).toEqual([1, 1]);
  rig.set(0x4ec1, [0, 0]);
  rig.set(0x4ec5, [0, 0]);
  rig.readOne();
  const off = rig.readOne().telemetry;
  expect([...off.subarray(208, 210)]).toEqual([0, 0]);
  expect(off[172]).toBe(9476);
  expect([t[186], off[186]]).toEqual([1, 0]);
});

test("the population words of row C are the percentages of the gain object's population", () => {
  const rig = new Rig().start();
  rig.set(0x0251, [0, 0, 119, 159, 40, 75, 115, 85, 388, 358, 9600, 0, 6938, 9462]);
  rig.readOne();
  expect([...rig.readOne().telemetry.subarray(174, 178)]).toEqual([40, 75, 3840, 7200]);
});

test("a 3.0 has no housing temperature, no gain and no radiometric words", () => {
  const t = new Rig({ model: "3.0" }).start().readOne().telemetry;
  expect([t[25], t[26]]).toEqual([0, 0]);
  expect(t.subarray(80, 160).every((word) => word === 0)).toBe(true);
  expect(t.subarray(160, 231).every((word) => word === 0)).toBe(true);
  expect(t[24]).toBeGreaterThan(29000);
});

test("row D is zeros", () => {
  const t = new Rig().start().readOne().telemetry;
  expect(t.subarray(240, 320).every((word) => word === 0)).toBe(true);
});
