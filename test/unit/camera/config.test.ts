// SPDX-License-Identifier: Apache-2.0
import { CommandError } from "modules/protocol/services";
import { CAMERA_SETTINGS, defaultsOf } from "modules/settings/table";
import { CameraBench } from "../fakes/camera-bench";

const DEFAULTS = defaultsOf(CAMERA_SETTINGS);

async function started(partNumber?: string): Promise<CameraBench> {
  const bench = await new CameraBench(partNumber).start();
  bench.part.commands.length = 0;
  return bench;
}

const sets = (bench: CameraBench): number[] => bench.part.commands.filter((command) => (command & 3) === 1);

test("only changed settings are sent, in the order AGC, emissivity, gain, and stored once it has been read back", async () => {
  const bench = await started();
  const done = bench.camera.setConfig({ gain_mode: 2, emissivity: 98, agc_enabled: 1 });
  expect(bench.store.writes).toBe(0);
  await bench.timers.settle(done);
  expect(sets(bench)).toEqual([0x4ec1, 0x0101, 0x4ebd, 0x0249]);
  expect(bench.store.values).toEqual({ ...DEFAULTS, agc_enabled: 1, emissivity: 98, gain_mode: 2 });
  expect(bench.camera.config).toEqual({ ...DEFAULTS, agc_enabled: 1, emissivity: 98, gain_mode: 2 });
  bench.part.commands.length = 0;
  await bench.timers.settle(bench.camera.setConfig({ agc_enabled: 1, emissivity: 97, gain_mode: 2 }));
  expect(sets(bench)).toEqual([0x4ebd]);
});

test("the sensor gets the stored settings at the start", async () => {
  const bench = await new CameraBench("500-0771-01", { agc_enabled: 1, emissivity: 50, gain_mode: 1 }).start();
  expect(bench.camera.config).toEqual({ ...DEFAULTS, agc_enabled: 1, emissivity: 50, gain_mode: 1 });
  expect(bench.part.attribute(0x0100)).toEqual([1, 0]);
  expect(bench.part.attribute(0x4ebc)[0]).toBe(4096);
  expect(bench.part.attribute(0x0248)).toEqual([1, 0]);
});

test.each([
  ["AGC", 0x0101],
  ["TLinear", 0x4ec1],
  ["emissivity", 0x4ebd],
  ["gain", 0x0249],
])(
  "D23: when the sensor rejects %s, set_config fails, stores nothing and rolls the sensor back",
  async (_name, word) => {
    const bench = await started();
    bench.part.refuse.set(word, -3);
    const done = bench.camera.setConfig({ agc_enabled: 1, emissivity: 50, gain_mode: 2 });
    await expect(bench.timers.settle(done)).rejects.toThrow(CommandError);
    expect(bench.store.writes).toBe(0);
    expect(bench.camera.config).toEqual(DEFAULTS);
    expect(bench.part.attribute(0x0100)).toEqual([0, 0]);
    expect(bench.part.attribute(0x4ec0)).toEqual([1, 0]);
    expect(bench.part.attribute(0x4ebc)[0]).toBe(8192);
    expect(bench.part.attribute(0x0248)).toEqual([0, 0]);
  },
);

test("D23: when a setting reads back unchanged, set_config fails", async () => {
  const bench = await started();
  bench.part.ignore.set(0x0248, 5);
  const done = bench.camera.setConfig({ gain_mode: 2 });
  await expect(bench.timers.settle(done)).rejects.toThrow("expected 0x0002 0x0000 read back, got 0x0000 0x0000");
  expect(bench.camera.config.gain_mode).toBe(0);
});

test("when the settings cannot be stored, set_config fails and rolls the sensor back", async () => {
  const bench = await started();
  bench.store.full = true;
  await expect(bench.timers.settle(bench.camera.setConfig({ agc_enabled: 1 }))).rejects.toThrow("could not be stored");
  expect(bench.part.attribute(0x0100)).toEqual([0, 0]);
  expect(bench.part.attribute(0x4ec0)).toEqual([1, 0]);
  expect(bench.camera.config.agc_enabled).toBe(0);
});

test.each([
  ["agc_enabled", 0, 0x0101, [1, 0], 0x0100, [0, 0]],
  ["agc_enabled", 0, 0x4ec1, [0, 0], 0x4ec0, [1, 0]],
  ["gain_mode", 0, 0x0249, [1, 0], 0x0248, [0, 0]],
  ["emissivity", 100, 0x4ebd, [81, 0, 0, 0, 0, 0, 0, 0], 0x4ebc, [8192]],
])(
  "D23: set_config sets the sensor also where a client has changed %s by CCI before (%#)",
  async (key, value, set, words, get, expected) => {
    const bench = await started();
    await bench.timers.settle(bench.camera.writeCCI(set, new Uint8Array(Uint16Array.from(words).buffer)));
    await bench.timers.settle(bench.camera.setConfig({ [key]: value }));
    expect(bench.part.attribute(get).slice(0, expected.length)).toEqual(expected);
    bench.part.commands.length = 0;
    await bench.timers.settle(bench.camera.setConfig({ [key]: value }));
    expect(sets(bench)).toEqual([]);
  },
);

test("a setting that a client changed by CCI stays until set_config changes it", async () => {
  const bench = await started();
  const words = Uint16Array.of(8000, 29000, 8192, 29515, 8192, 29515, 0, 29515);
  await bench.timers.settle(bench.camera.writeCCI(0x4ebd, new Uint8Array(words.buffer)));
  await bench.timers.settle(bench.camera.setConfig({ gain_mode: 1 }));
  expect(bench.part.attribute(0x4ebc).slice(0, 2)).toEqual([8000, 29000]);
});

test("settings whose rollback failed can be set again", async () => {
  const bench = await started();
  bench.part.refuse.set(0x0101, -3);
  const done = bench.camera.setConfig({ agc_enabled: 1 });
  while (!bench.part.commands.includes(0x0101)) await bench.timers.advance(1);
  bench.part.refuse.set(0x4ec1, -3);
  await expect(bench.timers.settle(done)).rejects.toThrow(CommandError);
  expect(bench.part.attribute(0x4ec0)).toEqual([0, 0]);
  bench.part.refuse.clear();
  await bench.timers.settle(bench.camera.setConfig({ agc_enabled: 0 }));
  expect(bench.part.attribute(0x0100)).toEqual([0, 0]);
  expect(bench.part.attribute(0x4ec0)).toEqual([1, 0]);
});

test("two simultaneous changes both take effect", async () => {
  const bench = await started();
  const both = Promise.all([
    bench.camera.setConfig({ emissivity: 50 }),
    bench.camera.setConfig({ gain_mode: 2 }),
    bench.camera.setConfig({ emissivity: 51 }),
  ]);
  await bench.timers.settle(both);
  expect(bench.camera.config).toEqual({ ...DEFAULTS, emissivity: 51, gain_mode: 2 });
  expect(bench.store.values).toEqual(bench.camera.config);
  expect(bench.part.attribute(0x4ebc)[0]).toBe(4177);
});

test("a change after a failed one works", async () => {
  const bench = await started();
  bench.part.refuse.set(0x0249, -3);
  const failed = bench.camera.setConfig({ gain_mode: 2 }).catch(() => "failed");
  const done = bench.camera.setConfig({ emissivity: 50 });
  await bench.timers.settle(done);
  expect(await failed).toBe("failed");
  expect(bench.store.values).toEqual({ ...DEFAULTS, emissivity: 50 });
});

test("settings that a Lepton 3.0 does not have are stored, with a line in the log", async () => {
  const bench = await started("500-0726-01");
  await bench.timers.settle(bench.camera.setConfig({ agc_enabled: 1, emissivity: 50, gain_mode: 2 }));
  await bench.timers.settle(bench.camera.setSpotmeter({ r1: 0, c1: 0, r2: 1, c2: 1 }));
  expect(sets(bench)).toEqual([0x0101]);
  expect(bench.store.values).toEqual({ ...DEFAULTS, agc_enabled: 1, emissivity: 50, gain_mode: 2 });
  for (const setting of ["emissivity", "gain_mode", "spotmeter"])
    expect(bench.lines.join("\n")).toContain(`${setting}: stored without effect: a Lepton 3.0 is not radiometric`);
});

test.each([
  ["500-0771-01", 0x000],
  ["500-0726-01", 0x100],
  ["500-0758-03", 0x200],
])("the model bits of a %s", async (partNumber, bits) => {
  expect((await started(partNumber)).camera.modelBits).toBe(bits);
});

test("before the sensor is identified the model is 3.5", () => {
  expect(new CameraBench("500-0726-01").camera.modelBits).toBe(0);
});

test("D23: run_ffc ends with the FFC, and fails when the sensor rejects it", async () => {
  const bench = await started();
  const start = bench.timers.now();
  await bench.timers.settle(bench.camera.runFFC());
  expect(bench.timers.now() - start).toBeGreaterThanOrEqual(900);
  bench.part.refuse.set(0x0242, -11);
  await expect(bench.timers.settle(bench.camera.runFFC())).rejects.toThrow(CommandError);
});

test("a shutter that was locked before a reset does not prevent an FFC after it", async () => {
  const bench = await new CameraBench().start();
  await bench.frame({ lockedOut: true });
  bench.vospi?.stall("no-sync");
  await bench.timers.advance(1500);
  await expect(bench.timers.settle(bench.camera.runFFC())).resolves.toBeUndefined();
});

test("D23: run_ffc fails while the shutter is locked out, which the Lepton would silently ignore", async () => {
  const bench = await started();
  await bench.frame({ lockedOut: true });
  await expect(bench.timers.settle(bench.camera.runFFC())).rejects.toThrow("locked its shutter");
  await bench.frame({ lockedOut: false });
  await bench.timers.settle(bench.camera.runFFC());
});

test("D23: set_spotmeter fails when the sensor rejects it, and is not restored after a reset", async () => {
  const bench = await started();
  bench.part.refuse.set(0x4ecd, -3);
  const done = bench.camera.setSpotmeter({ r1: 0, c1: 0, r2: 1, c2: 1 });
  await expect(bench.timers.settle(done)).rejects.toThrow(CommandError);
  bench.part.refuse.clear();
  bench.vospi?.stall("no-sync");
  await bench.timers.advance(1500);
  expect(bench.part.attribute(0x4ecc)).toEqual([59, 79, 60, 80]);
});

test("clients get CCI words as little-endian bytes", async () => {
  const bench = await started();
  const { camera, timers } = bench;
  expect(await timers.settle(camera.readCCI(0x4ecc, 4))).toEqual({
    status: 6,
    data: new Uint8Array([59, 0, 79, 0, 60, 0, 80, 0]),
  });
  const data = new Uint8Array([0, 1, 0, 2, 1, 0, 2, 0, 3, 0, 4, 0]).subarray(4);
  expect(await timers.settle(camera.writeCCI(0x4ecd, data))).toEqual({ status: 6, data: new Uint8Array(0) });
  expect(bench.part.attribute(0x4ecc)).toEqual([1, 2, 3, 4]);
});

test("512 words go through the block buffer and come back", async () => {
  const bench = await started();
  const data = Uint8Array.from({ length: 1024 }, (_, i) => (i * 7) & 0xff);
  await bench.timers.settle(bench.camera.writeCCI(0x0309, data));
  expect((await bench.timers.settle(bench.camera.readCCI(0x0308, 512))).data).toEqual(data);
});

test("a rejection by the Lepton is in the status, not an error", async () => {
  const bench = await started();
  const { status } = await bench.timers.settle(bench.camera.readCCI(0x0600, 1));
  expect(status).toBe(0xf906);
});
