// SPDX-License-Identifier: Apache-2.0

import { mean, Rig, split, uniform } from "./rig";
import type { Image } from "./rig";

const AUTO = [2, 0];
/** Automatic FFC and gain; the start-up FFC comes early. */
function automaticGain(share: number, options: ConstructorParameters<typeof Rig>[0] = {}): Rig {
  const rig = new Rig({ scene: split(420, 300, share), startupFfcUs: 1_150_000, ...options }).boot();
  rig.set(0x0219, [1, 0]);
  rig.set(0x4855, [5, 0]);
  rig.set(0x0249, AUTO);
  rig.reading = true;
  return rig;
}

const effective = (rig: Rig): string => rig.part.state().gain.effective;

test("stays high while a quarter of the region or less is above 388 K", () => {
  const rig = automaticGain(0.24);
  rig.clock.advance(5_000_000);
  expect(effective(rig)).toBe("high");
  expect(rig.images.at(-1)?.telemetry.subarray(165, 168)).toEqual(Uint16Array.from([2, 0, 0]));
});

test("goes low above a quarter, with an FFC, and telemetry shows it with the first frame in low gain", () => {
  const rig = automaticGain(0);
  rig.clock.advance(2_000_000);
  expect(rig.part.state().ffc.count).toBe(1);
  rig.part.scene = split(420, 300, 0.3);
  rig.clock.advance(3_000_000);
  expect(effective(rig)).toBe("low");
  expect(rig.part.state().ffc.count).toBe(2);
  for (const image of rig.images) {
    const low = image.telemetry[166] === 1;
    // 420 K is 10509 counts in high gain and 3568 in low: the mean shows which gain the detector had.
    expect((image.telemetry[22] as number) < 2500).toBe(low);
    // TLinear gives the same temperatures in both.
    expect(Math.abs((image.words[19000] as number) - 30000)).toBeLessThan(200);
    const upper = image.words[100] as number;
    expect(Math.min(Math.abs(upper - 42000), Math.abs(upper - 30000))).toBeLessThan(200);
  }
  expect(rig.images.at(-1)?.telemetry[166]).toBe(1);
});

test("returns to high when more than 90 % is below 358 K, and not before", () => {
  const rig = automaticGain(0.5);
  rig.clock.advance(5_000_000);
  expect(effective(rig)).toBe("low");
  rig.part.scene = split(420, 300, 0.15);
  rig.clock.advance(5_000_000);
  expect(effective(rig)).toBe("low");
  rig.part.scene = split(420, 300, 0.05);
  rig.clock.advance(5_000_000);
  expect(effective(rig)).toBe("high");
});

test("only the gain region counts", () => {
  const rig = automaticGain(0.5);
  const object = rig.get(0x0250, 14);
  object.splice(0, 4, 60, 0, 119, 159);
  rig.set(0x0251, object);
  rig.clock.advance(5_000_000);
  expect(effective(rig)).toBe("high");
});

test("in manual FFC mode the change is only desired until the host runs an FFC", () => {
  const rig = new Rig({ scene: split(420, 300, 0.5) }).start();
  rig.set(0x0249, AUTO);
  rig.clock.advance(2_000_000);
  expect(effective(rig)).toBe("high");
  expect(rig.get(0x0254, 2)).toEqual([1, 0]);
  expect(rig.images.at(-1)?.telemetry[167]).toBe(1);
  expect((rig.images.at(-1)?.telemetry[3] as number) & 8).toBe(8);
  rig.command(0x0242);
  rig.clock.advance(1_300_000);
  expect(effective(rig)).toBe("low");
  expect(rig.images.at(-1)?.telemetry[167]).toBe(0);
});

test("a gain set by command takes effect at once and requires an FFC", () => {
  const rig = new Rig({ scene: uniform(310) }).start();
  rig.command(0x0242);
  rig.clock.advance(1_200_000);
  rig.set(0x0249, [1, 0]);
  rig.readOne();
  const image = rig.readOne();
  expect(image.telemetry[166]).toBe(1);
  expect((image.telemetry[3] as number) & 8).toBe(8);
  expect(Math.abs(mean(image.words) - 31000)).toBeLessThan(20);
  expect([image.telemetry[91], image.telemetry[92]]).toEqual([104101 & 0xffff, 1]);
});

test("low gain has about four times the noise in temperature", () => {
  const noise = (mode: number): number => {
    const rig = new Rig({ scene: uniform(300) }).start();
    rig.set(0x0249, [mode, 0]);
    rig.command(0x0242);
    rig.clock.advance(1_200_000);
    const [a, b] = rig.read(2) as [Image, Image];
    return Math.sqrt(mean(Array.from(a.words, (word, i) => (word - (b.words[i] as number)) ** 2)));
  };
  expect(noise(1) / noise(0)).toBeGreaterThan(3);
  expect(noise(1) / noise(0)).toBeLessThan(5);
});

test("automatic resolution follows the gain", () => {
  const rig = automaticGain(0.5);
  rig.set(0x4ec9, [1, 0]);
  rig.clock.advance(5_000_000);
  expect(rig.get(0x4ec4, 2)).toEqual([0, 0]);
  const image = rig.readOne();
  expect(image.telemetry[209]).toBe(0);
  expect(Math.abs((image.words[100] as number) - 4200)).toBeLessThan(20);
  rig.set(0x0249, [0, 0]);
  rig.clock.advance(5_000_000);
  expect(rig.get(0x4ec4, 2)).toEqual([1, 0]);
});

test("high gain saturates at 14 bits", () => {
  const rig = new Rig({ scene: uniform(500) }).start();
  rig.set(0x4ec1, [0, 0]);
  rig.readOne();
  expect(new Set(rig.readOne().words)).toEqual(new Set([16383]));
});
