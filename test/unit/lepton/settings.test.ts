// SPDX-License-Identifier: Apache-2.0
import { CCIError, LeptonError, Result } from "drivers/lepton/errors";
import { GainMode, Lepton } from "drivers/lepton/lepton";
import { centiKelvinOfCelsius, int32OfWords, ratioOfPercent, textOfWords, wordsOf32 } from "drivers/lepton/units";
import { FakeLepton } from "../fakes/fake-lepton";
import { VirtualTimers } from "../fakes/virtual-timers";

async function setUp(partNumber?: string): Promise<{ timers: VirtualTimers; fake: FakeLepton; lepton: Lepton }> {
  const timers = new VirtualTimers();
  const fake = new FakeLepton(timers, partNumber);
  const lepton = new Lepton({ sensor: { data: 23, clock: 22, hz: 100_000, io: fake.io }, timers });
  await timers.settle(lepton.initialize({ agc: false, emissivity: 100, gain: GainMode.High }));
  fake.commands.length = 0;
  return { timers, fake, lepton };
}

test("switching AGC switches TLinear the other way", async () => {
  const { timers, fake, lepton } = await setUp();
  await timers.settle(lepton.setAGC(true));
  expect([fake.attribute(0x4ec0), fake.attribute(0x0100)]).toEqual([
    [0, 0],
    [1, 0],
  ]);
  await timers.settle(lepton.setAGC(false));
  expect([fake.attribute(0x4ec0), fake.attribute(0x0100)]).toEqual([
    [1, 0],
    [0, 0],
  ]);
  expect(fake.commands).toEqual([0x4ec1, 0x4ec0, 0x0101, 0x0100, 0x4ec1, 0x4ec0, 0x0101, 0x0100]);
});

test("a Lepton 3.0 switches AGC only; emissivity, gain mode and spotmeter resolve to false", async () => {
  const { timers, fake, lepton } = await setUp("500-0726-01");
  await timers.settle(lepton.setAGC(true));
  expect(fake.commands).toEqual([0x0101, 0x0100]);
  expect(await lepton.setEmissivity(50)).toBe(false);
  expect(await lepton.setGainMode(GainMode.Low)).toBe(false);
  expect(await lepton.setSpotmeter({ r1: 0, c1: 0, r2: 1, c2: 1 })).toBe(false);
  expect(fake.commands).toEqual([0x0101, 0x0100]);
});

test("the spotmeter is written row first", async () => {
  const { timers, fake, lepton } = await setUp();
  expect(await timers.settle(lepton.setSpotmeter({ r1: 10, c1: 20, r2: 30, c2: 40 }))).toBe(true);
  expect(fake.attribute(0x4ecc)).toEqual([10, 20, 30, 40]);
});

test.each([GainMode.High, GainMode.Low, GainMode.Auto])("gain mode %i", async (mode) => {
  const { timers, fake, lepton } = await setUp();
  expect(await timers.settle(lepton.setGainMode(mode))).toBe(true);
  expect(fake.attribute(0x0248)).toEqual([mode, 0]);
});

test.each([
  [100, 8192],
  [98, 8028],
  [50, 4096],
  [2, 163],
  [1, 82],
])("emissivity %i %% is %i of 8192, and never below the 82 the sensor takes", (percent, ratio) => {
  expect(ratioOfPercent(percent)).toBe(ratio);
});

test("runFFC resolves on the FFC status, not when BUSY clears", async () => {
  const { timers, fake, lepton } = await setUp();
  const start = timers.now();
  await timers.settle(lepton.runFFC());
  expect(timers.now() - start).toBeGreaterThanOrEqual(900);
  expect(timers.now() - start).toBeLessThan(960);
  expect(fake.commands[0]).toBe(0x0242);
});

test("D23: an FFC that the Lepton rejects is an error", async () => {
  const { timers, fake, lepton } = await setUp();
  fake.refuse.set(0x0242, Result.COMMAND_NOT_ALLOWED);
  await expect(timers.settle(lepton.runFFC())).rejects.toThrow(LeptonError);
});

test("D23: an FFC that fails is an error", async () => {
  const { timers, fake, lepton } = await setUp();
  fake.ffcStatus = -1;
  await expect(timers.settle(lepton.runFFC())).rejects.toThrow("expected 0 (ready), got -1 (FFC failed)");
});

test("D23: an FFC that never ends is an error after 10 s", async () => {
  const { timers, fake, lepton } = await setUp();
  fake.ffcDuration = Infinity;
  const error: unknown = await timers.settle(lepton.runFFC().catch((e: unknown) => e));
  expect(error).toBeInstanceOf(CCIError);
  expect((error as Error).message).toContain("FFC expected to end within 10000 ms, got 1 (busy)");
});

test("the FFC status is polled every 20 ms, and the bus is free in between", async () => {
  const { timers, fake, lepton } = await setUp();
  await timers.settle(lepton.runFFC());
  const asked = fake.commands.filter((word) => word === 0x0244).length;
  expect(asked).toBeGreaterThan(900 / 25);
  expect(asked).toBeLessThanOrEqual(900 / 20 + 1);
});

test("a setting that reads back unchanged is set again after 10 ms", async () => {
  const took = async (ignored: number): Promise<number> => {
    const { timers, fake, lepton } = await setUp();
    fake.ignore.set(0x0248, ignored);
    const start = timers.now();
    await timers.settle(lepton.setGainMode(GainMode.Low));
    return timers.now() - start;
  };
  const once = await took(0);
  expect(await took(1)).toBe(2 * once + 10);
});

test("an FFC does not delay other commands", async () => {
  const { timers, lepton } = await setUp();
  const order: string[] = [];
  const ffc = lepton.runFFC().then(() => order.push("FFC"));
  const other = lepton.readCCI(0x4ecc, 4).then(() => order.push("read"));
  await timers.settle(Promise.all([ffc, other]));
  expect(order).toEqual(["read", "FFC"]);
});

test("a running FFC is aborted when the sensor is reset, and does not use the bus", async () => {
  const { timers, fake, lepton } = await setUp();
  const ffc = lepton.runFFC().catch((e: unknown) => e);
  await timers.advance(100);
  lepton.hold("reset");
  fake.reset();
  await timers.settle(ffc);
  await timers.advance(2000);
  expect(fake.violations).toEqual([]);
});

test("after a reboot by command the bus is not used until initialize", async () => {
  const { timers, fake, lepton } = await setUp();
  await timers.settle(lepton.reboot());
  expect(fake.reboots).toBe(1);
  const refused: unknown = await timers.settle(lepton.readCCI(0x4ecc, 4).catch((e: unknown) => e));
  expect((refused as Error).message).toContain("the Lepton is rebooting");
  expect(fake.violations).toEqual([]);
  await timers.advance(950);
  await timers.settle(lepton.initialize({ agc: false, emissivity: 100, gain: GainMode.High }));
  expect((await timers.settle(lepton.readCCI(0x4ecc, 4))).data).toHaveLength(4);
});

test("32-bit attributes are two words, low word first, with their sign", () => {
  expect(wordsOf32(5)).toEqual([5, 0]);
  expect(wordsOf32(-1)).toEqual([0xffff, 0xffff]);
  expect(wordsOf32(180_000)).toEqual([0xbf20, 2]);
  expect(int32OfWords([0xfffe, 0xffff])).toBe(-2);
  expect(int32OfWords(wordsOf32(-2_000_000_000))).toBe(-2_000_000_000);
});

test("text has its first character in the low byte and ends at NUL", () => {
  expect(textOfWords([0x3035, 0x2d30, 0x0031, 0x4141])).toBe("500-1");
});

test("22 degrees Celsius are 29515 hundredths of a kelvin", () => {
  expect(centiKelvinOfCelsius(22)).toBe(29515);
});
