// SPDX-License-Identifier: Apache-2.0

import { long, Rig, uniform } from "./rig";
import type { Image } from "./rig";

const state = (image: Image): number => ((image.telemetry[3] as number) >> 4) & 3;
const desired = (image: Image): boolean => ((image.telemetry[3] as number) & 8) !== 0;
/** Duration of a frame at 26 Hz, four segments, in microseconds. */
const INNER = 4 * 9496.936;

/** A part after reset: automatic FFC. */
function automatic(options: ConstructorParameters<typeof Rig>[0] = {}): Rig {
  const rig = new Rig(options).boot();
  rig.set(0x0219, [1, 0]);
  rig.set(0x4855, [5, 0]);
  rig.reading = true;
  return rig;
}

/** Sets the FFC object; defaults: automatic, 180 s, 1.5 K, 52 frames. */
function object(mode: number, freeze = 1, periodMs = 180_000, delta = 150): number[] {
  return [mode, 0, 0, 0, freeze, 0, 0, 0, 0, 0, periodMs & 0xffff, periodMs >>> 16, 0, delta, 52, 0];
}

test("the start-up FFC comes about 4 s after reset without imminent state; until then it is desired and was never done", () => {
  const rig = automatic();
  rig.clock.advanceTo(3_950_000);
  expect(rig.images.length).toBeGreaterThan(20);
  expect(rig.images.every((image) => state(image) === 0 && desired(image))).toBe(true);
  rig.clock.advanceTo(4_100_000);
  expect(rig.part.state().ffc.state).toBe("in progress");
  expect(rig.get(0x024c, 2)).toEqual([2, 0]);
  const during = rig.images.length;
  rig.clock.advanceTo(4_800_000);
  expect(rig.images.length).toBe(during);
  rig.clock.advanceTo(5_300_000);
  const after = rig.images.slice(during);
  expect(after.length).toBeGreaterThan(1);
  expect(after.every((image) => state(image) === 3 && !desired(image))).toBe(true);
});

test("it takes 23 frames at 26 Hz, with status busy and segments numbered 0", () => {
  const rig = new Rig().start();
  rig.readOne();
  expect(rig.get(0x0244, 2)).toEqual([0, 0]);
  expect(rig.command(0x0242)).toBe(0);
  const start = rig.clock.now();
  expect(rig.get(0x0244, 2)).toEqual([1, 0]);
  expect(rig.get(0x0204, 4)[0]).toBe(4);
  rig.clock.advance(120_000);
  const first = rig.segments.length;
  rig.clock.advance(600_000);
  expect(rig.segments.slice(first).every((s) => s.whole && s.number === 0)).toBe(true);
  while (rig.part.state().ffc.state === "in progress") rig.clock.advance(1000);
  const took = rig.clock.now() - start;
  expect(took).toBeGreaterThan(22 * INNER - 6000);
  expect(took).toBeLessThan(23 * INNER + 6000);
  expect(rig.get(0x0244, 2)).toEqual([0, 0]);
});

test("the first frame after it carries its time and temperatures, and no frame around it is torn", () => {
  const rig = new Rig({ scene: "counter" }).start();
  rig.read(3);
  rig.command(0x0242);
  const [, after] = rig.read(2) as [Image, Image];
  const t = after.telemetry;
  expect(state(after)).toBe(3);
  const agoMs = long(t, 1) - long(t, 30);
  expect(agoMs).toBeGreaterThanOrEqual(0);
  expect(agoMs).toBeLessThan(250);
  expect(Math.abs((t[29] as number) - (t[24] as number))).toBeLessThan(5);
  expect(Math.abs((t[32] as number) - (t[26] as number))).toBeLessThan(5);
  expect(rig.images.map((image) => image.words[0])).toEqual(rig.images.map((image) => image.telemetry[20]));
});

test("after the period it is imminent for 52 frames, with the desired flag, then done", () => {
  const rig = automatic();
  rig.set(0x023d, object(1, 1, 20_000));
  rig.reading = false;
  rig.clock.advanceTo(5_000_000);
  expect(rig.part.state().ffc.count).toBe(1);
  const last = rig.part.state().ffc.lastMs;
  rig.clock.advanceTo((last + 19_900) * 1000);
  expect(rig.part.state().ffc.state).toBe("complete");
  rig.reading = true;
  rig.clock.advance(1_500_000);
  const image = rig.images.at(-1) as Image;
  expect(state(image)).toBe(1);
  expect(desired(image)).toBe(true);
  expect(rig.get(0x0204, 4)[0]).toBe(5);
  rig.clock.advance(52 * INNER - 1_500_000 + 250_000);
  expect(rig.part.state().ffc.state).toBe("in progress");
  rig.clock.advance(23 * INNER);
  expect(rig.part.state().ffc).toMatchObject({ state: "complete", count: 2 });
});

test("a change of 1.5 K in the part's temperature requires one", () => {
  const rig = automatic();
  rig.reading = false;
  rig.clock.advanceTo(10_000_000);
  rig.part.thermal.ambientKelvin += 1.3;
  rig.clock.advance(1_000_000);
  expect(rig.part.state().ffc.state).toBe("complete");
  rig.part.thermal.ambientKelvin += 0.4;
  rig.clock.advance(1_000_000);
  expect(rig.part.state().ffc.state).toBe("imminent");
});

test("in manual mode it is only desired, and done on command", () => {
  const rig = new Rig().start();
  rig.reading = false;
  rig.clock.advance(10_000_000);
  expect(rig.part.state().ffc).toMatchObject({ state: "never", count: 0 });
  rig.command(0x0242);
  rig.clock.advance(1_000_000);
  rig.set(0x023d, object(0, 1, 5000));
  rig.clock.advance(6_000_000);
  rig.reading = true;
  const image = rig.readOne();
  expect(state(image)).toBe(3);
  expect(desired(image)).toBe(true);
  rig.command(0x0242);
  rig.clock.advance(1_000_000);
  expect(desired(rig.readOne())).toBe(false);
});

test("leaving automatic mode while one is imminent cancels it", () => {
  const rig = automatic();
  rig.reading = false;
  rig.clock.advanceTo(6_000_000);
  rig.part.thermal.ambientKelvin += 3;
  rig.clock.advance(500_000);
  expect(rig.part.state().ffc.state).toBe("imminent");
  rig.set(0x023d, object(0));
  rig.clock.advance(5_000_000);
  expect(rig.part.state().ffc).toMatchObject({ state: "complete", count: 1 });
});

test("a command while one is imminent starts it at once; while one runs it changes nothing", () => {
  const rig = automatic();
  rig.reading = false;
  rig.clock.advanceTo(6_000_000);
  rig.part.thermal.ambientKelvin += 3;
  rig.clock.advance(500_000);
  rig.command(0x0242);
  expect(rig.part.state().ffc.state).toBe("in progress");
  rig.clock.advance(500_000);
  expect(rig.command(0x0242)).toBe(0);
  rig.clock.advance(450_000);
  expect(rig.part.state().ffc).toMatchObject({ state: "complete", count: 2 });
});

test("without freeze the stream goes on and shows the shutter, with state 2 in telemetry", () => {
  const rig = new Rig({ scene: uniform(330) }).start();
  rig.set(0x023d, object(0, 0));
  rig.readOne();
  rig.command(0x0242);
  const during = rig.read(5).slice(1);
  for (const image of during) {
    expect(state(image)).toBe(2);
    expect(Math.abs((image.words[5000] as number) / 100 - rig.part.thermal.housingKelvin)).toBeLessThan(2);
  }
});

test("frozen video can repeat the last frame", () => {
  const rig = new Rig({ frozen: "repeat" }).start();
  const before = rig.readOne();
  rig.command(0x0242);
  const [, a, b] = rig.read(3) as [Image, Image, Image];
  expect(state(a)).toBe(2);
  expect(a.words).toEqual(b.words);
  expect(a.telemetry[20]).toBe(b.telemetry[20]);
  expect(a.words).toEqual(before.words);
});

test("the time of the start-up FFC is an option", () => {
  const rig = automatic({ startupFfcUs: 1_200_000 });
  rig.clock.advanceTo(2_300_000);
  expect(rig.part.state().ffc).toMatchObject({ state: "complete", count: 1 });
});
