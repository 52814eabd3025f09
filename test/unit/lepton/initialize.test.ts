// SPDX-License-Identifier: Apache-2.0
import { CCIBusError, LeptonError, ReadbackError, Result } from "drivers/lepton/errors";
import { GainMode, Lepton, type LeptonConfiguration } from "drivers/lepton/lepton";
import { FakeLepton } from "../fakes/fake-lepton";
import { VirtualTimers } from "../fakes/virtual-timers";

const DEFAULTS: LeptonConfiguration = { agc: false, emissivity: 100, gain: GainMode.High };

function setUp(partNumber?: string): { timers: VirtualTimers; fake: FakeLepton; lepton: Lepton } {
  const timers = new VirtualTimers();
  const fake = new FakeLepton(timers, partNumber);
  const lepton = new Lepton({ sensor: { data: 23, clock: 22, hz: 100_000, io: fake.io }, timers });
  return { timers, fake, lepton };
}

const get = (...ids: number[]): number[] => ids;
const setAndReadBack = (...ids: number[]): number[] => ids.flatMap((id) => [id + 1, id]);

test.each([
  ["500-0771-01", "3.5"],
  ["500-0758-03", "3.1R"],
  ["500-0758-99", "3.1R"],
])("a radiometric Lepton (%s) is set up in order, every setting read back", async (partNumber, model) => {
  const { timers, fake, lepton } = setUp(partNumber);
  const identity = await timers.settle(lepton.initialize(DEFAULTS));
  expect(identity).toEqual({ partNumber, model, radiometric: true });
  expect(lepton.identity).toEqual(identity);
  expect(fake.commands).toEqual([
    0x0202,
    ...get(0x481c),
    ...setAndReadBack(0x4e10, 0x4ec0, 0x4ec8, 0x0148, 0x0100, 0x021c, 0x0218, 0x0248, 0x4ebc, 0x4854),
  ]);
  expect(fake.attribute(0x4e10)).toEqual([1, 0]);
  expect(fake.attribute(0x4ec0)).toEqual([1, 0]);
  expect(fake.attribute(0x4ec8)).toEqual([1, 0]);
  expect(fake.attribute(0x0148)).toEqual([1, 0]);
  expect(fake.attribute(0x0100)).toEqual([0, 0]);
  expect(fake.attribute(0x021c)).toEqual([1, 0]);
  expect(fake.attribute(0x0218)).toEqual([1, 0]);
  expect(fake.attribute(0x4ebc)).toEqual([8192, 29515, 8192, 29515, 8192, 29515, 0, 29515]);
  expect(fake.attribute(0x4854)).toEqual([5, 0]);
  expect(fake.violations).toEqual([]);
});

test.each(["500-0726-01", "500-0771-FS1"])(
  "a Lepton without radiometry (%s) is set up without radiometric settings",
  async (partNumber) => {
    const { timers, fake, lepton } = setUp(partNumber);
    const identity = await timers.settle(lepton.initialize({ agc: true, emissivity: 50, gain: GainMode.Auto }));
    expect(identity).toEqual({ partNumber, model: "3.0", radiometric: false });
    expect(fake.commands).toEqual([0x0202, 0x481c, ...setAndReadBack(0x0148, 0x0100, 0x021c, 0x0218, 0x4854)]);
  },
);

test.each([
  [true, "3.5"],
  [false, "3.0"],
])("an unknown part whose radiometry commands work (%p) is taken for a %s", async (radiometric, model) => {
  const { timers, fake, lepton } = setUp("500-9999-01");
  fake.radiometric = radiometric;
  expect(await timers.settle(lepton.initialize(DEFAULTS))).toEqual({ partNumber: "500-9999-01", model, radiometric });
});

test("an unknown part that stops answering does not count as non-radiometric", async () => {
  const { timers, fake, lepton } = setUp("500-9999-01");
  const initialized = lepton.initialize(DEFAULTS).catch((e: unknown) => e);
  while (!fake.commands.includes(0x4ec0)) await timers.advance(1);
  fake.absent = true;
  expect(await timers.settle(initialized)).toBeInstanceOf(CCIBusError);
  expect(lepton.identity).toBeUndefined();
});

test("AGC on starts with TLinear off", async () => {
  const { timers, fake, lepton } = setUp();
  await timers.settle(lepton.initialize({ ...DEFAULTS, agc: true }));
  expect(fake.attribute(0x4ec0)).toEqual([0, 0]);
  expect(fake.attribute(0x0100)).toEqual([1, 0]);
});

test("gain, emissivity and spotmeter are set from the configuration", async () => {
  const { timers, fake, lepton } = setUp();
  const spotmeter = { r1: 1, c1: 2, r2: 3, c2: 4 };
  await timers.settle(lepton.initialize({ agc: false, emissivity: 98, gain: GainMode.Auto, spotmeter }));
  expect(fake.attribute(0x0248)).toEqual([2, 0]);
  expect(fake.attribute(0x4ebc)[0]).toBe(8028);
  expect(fake.attribute(0x4ecc)).toEqual([1, 2, 3, 4]);
});

test("initialize waits for a Lepton that boots late", async () => {
  const { timers, fake, lepton } = setUp();
  fake.reset(2500);
  await timers.advance(1000);
  await timers.settle(lepton.initialize(DEFAULTS));
  expect(fake.violations).toEqual([]);
});

test("initialize waits for the first acknowledge, and fails after 3 s without one", async () => {
  const { timers, fake, lepton } = setUp();
  fake.absent = true;
  timers.set(() => (fake.absent = false), 2000);
  await timers.settle(lepton.initialize(DEFAULTS));
  fake.absent = true;
  const start = timers.now();
  await expect(timers.settle(lepton.initialize(DEFAULTS))).rejects.toThrow(CCIBusError);
  expect(timers.now() - start).toBeGreaterThanOrEqual(3000);
  expect(timers.now() - start).toBeLessThan(3050);
});

test.each([0x4e10, 0x4ec0, 0x4ec8, 0x0148, 0x021c, 0x0218, 0x4854])(
  "a setting (0x%s) that reads back unchanged is set once more, then is an error",
  async (id) => {
    const { timers, fake, lepton } = setUp();
    fake.ignore.set(id, 1);
    await timers.settle(lepton.initialize(DEFAULTS));
    fake.powerUp();
    fake.ignore.set(id, 2);
    const error: unknown = await timers.settle(lepton.initialize(DEFAULTS).catch((e: unknown) => e));
    expect(error).toBeInstanceOf(ReadbackError);
    expect(error).toMatchObject({ command: id });
    expect((error as Error).message).toMatch(/expected 0x000\d 0x0000 read back, got 0x0000 0x0000/);
  },
);

test("a rejected setting ends the set-up with the Lepton's reason", async () => {
  const { timers, fake, lepton } = setUp();
  fake.refuse.set(0x4855, Result.FUNCTION_NOT_SUPPORTED);
  const error: unknown = await timers.settle(lepton.initialize(DEFAULTS).catch((e: unknown) => e));
  expect(error).toBeInstanceOf(LeptonError);
  expect(error).toMatchObject({ command: 0x4855, result: Result.FUNCTION_NOT_SUPPORTED });
});

test("the GPIO mode is read back by GET and not by the SET command word", async () => {
  const { timers, fake, lepton } = setUp();
  await timers.settle(lepton.initialize(DEFAULTS));
  expect(fake.commands.slice(-2)).toEqual([0x4855, 0x4854]);
});
