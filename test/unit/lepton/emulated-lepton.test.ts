// SPDX-License-Identifier: Apache-2.0
import type { I2CDevice } from "drivers/lepton/cci";
import { GainMode, Lepton, type LeptonConfiguration } from "drivers/lepton/lepton";
import { Lepton as Part, ManualClock, type Model, sceneByName } from "../../../simulator/lepton";
import { VirtualTimers } from "../fakes/virtual-timers";

const DEFAULTS: LeptonConfiguration = { agc: false, emissivity: 100, gain: GainMode.High };
/** Nine clocks a byte at 100 kHz. */
const US_PER_BYTE = 90;

/** The driver on one end of an I2C bus and the emulated part on the other, both in the same virtual time. */
async function connect(model: Model): Promise<{ timers: VirtualTimers; part: Part; lepton: Lepton }> {
  const timers = new VirtualTimers();
  const clock = new ManualClock();
  const scene = sceneByName("default");
  if (!scene) throw new Error("no default scene");
  const part = new Part({ model, clock, scene });
  /** The part is where the timers are, and further by what the bus took since. */
  const pass = (bytes: number): void =>
    clock.advanceTo(Math.max(clock.now(), timers.now() * 1000) + bytes * US_PER_BYTE);
  const io = class implements I2CDevice {
    read(byteLength: number): ArrayBuffer {
      pass(1 + byteLength);
      const bytes = part.i2cRead(byteLength);
      if (!bytes) throw new Error("no acknowledge");
      return new Uint8Array(bytes).buffer;
    }
    write(bytes: Uint8Array): void {
      pass(1 + bytes.length);
      if (!part.i2cWrite(bytes)) throw new Error("no acknowledge");
    }
    close(): void {}
  };
  const lepton = new Lepton({ sensor: { data: 23, clock: 22, hz: 100_000, io }, timers });
  part.power(true);
  await timers.advance(1000);
  return { timers, part, lepton };
}

test.each<[Model, boolean]>([
  ["3.5", true],
  ["3.1R", true],
  ["3.0", false],
])("a Lepton %s is identified and set up, AGC off and on", async (model, radiometric) => {
  const { timers, part, lepton } = await connect(model);
  expect(await timers.settle(lepton.initialize(DEFAULTS))).toMatchObject({ model, radiometric });
  expect(part.state()).toMatchObject({ telemetry: true, agc: false, tlinear: radiometric });
  await timers.settle(lepton.setAGC(true));
  expect(part.state()).toMatchObject({ agc: true, tlinear: false });
  await timers.settle(lepton.initialize({ ...DEFAULTS, agc: true }));
  expect(part.state()).toMatchObject({ telemetry: true, agc: true, tlinear: false });
});

test("emissivities from 1 to 100 %, all gain modes and the spotmeter's limits are accepted", async () => {
  const { timers, lepton } = await connect("3.5");
  await timers.settle(lepton.initialize(DEFAULTS));
  for (let percent = 1; percent <= 100; percent++)
    expect(await timers.settle(lepton.setEmissivity(percent))).toBe(true);
  for (const mode of [GainMode.Low, GainMode.Auto, GainMode.High])
    expect(await timers.settle(lepton.setGainMode(mode))).toBe(true);
  for (const box of [
    { r1: 0, c1: 0, r2: 119, c2: 159 },
    { r1: 0, c1: 0, r2: 0, c2: 0 },
    { r1: 119, c1: 159, r2: 119, c2: 159 },
    { r1: 60, c1: 0, r2: 60, c2: 159 },
  ])
    expect(await timers.settle(lepton.setSpotmeter(box))).toBe(true);
});

test("a structure of 16 words is stored completely on a part that loses the second half of long bursts", async () => {
  const { timers, part, lepton } = await connect("3.5");
  await timers.settle(lepton.initialize(DEFAULTS));
  part.faults.set("partialWrite");
  const { data } = await timers.settle(lepton.readCCI(0x023c, 16));
  data[13] = 200; // temperature change that asks for an FFC, in 0.01 K
  expect((await timers.settle(lepton.writeCCI(0x023d, data))).status).toBe(6);
  expect((await timers.settle(lepton.readCCI(0x023c, 16))).data[13]).toBe(200);
});

test("an FFC is over when run FFC resolves", async () => {
  const { timers, part, lepton } = await connect("3.5");
  await timers.settle(lepton.initialize(DEFAULTS));
  await timers.advance(10_000);
  await timers.settle(lepton.readCCI(0x0200, 1));
  const { count } = part.state().ffc;
  await timers.settle(lepton.runFFC());
  expect(part.state().ffc).toMatchObject({ state: "complete", count: count + 1 });
});

test("an occasional NACK fails only a command whose COMMAND write it hits", async () => {
  const { timers, part, lepton } = await connect("3.5");
  await timers.settle(lepton.initialize(DEFAULTS));
  part.faults.set("i2cNack", { probability: 0.03 });
  const errors: string[] = [];
  for (let i = 0; i < 50; i++)
    await timers.settle(lepton.readCCI(0x4ecc, 4).catch((error: Error) => errors.push(error.message)));
  const { happened } = part.faults.list().find(({ name }) => name === "i2cNack") ?? { happened: 0 };
  expect(happened).toBeGreaterThan(errors.length);
  expect(errors.filter((message) => !message.includes("COMMAND write failed"))).toEqual([]);
});
