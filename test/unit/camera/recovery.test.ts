// SPDX-License-Identifier: Apache-2.0
import { CommandError } from "modules/protocol/services";
import { Fault } from "modules/status/fault";
import { CameraBench } from "../fakes/camera-bench";

const MINUTE = 60_000;

/** After each test: no rule of the Lepton's datasheet was broken. */
let bench: CameraBench;
beforeEach(() => (bench = new CameraBench()));
afterEach(() => expect(bench.part.violations).toEqual([]));

test("at start: reset for 10 ms, no I2C for 950 ms, set-up, then capture", async () => {
  bench.camera.start();
  await bench.timers.advance(950);
  expect(bench.resets).toEqual([10]);
  expect(bench.part.transactions).toEqual([]);
  expect(bench.vospi?.running).toBeFalsy();
  await bench.timers.advance(400);
  expect(bench.part.attribute(0x4854)).toEqual([5, 0]);
  expect(bench.vospi?.running).toBe(true);
  expect(bench.camera.outage()).toBeUndefined();
  expect(bench.faults.events).toEqual([]);
});

describe("at power-on", () => {
  /** The board's power, and the sensor's, came 570 ms before the timers' 0. */
  const POWERED_AT = -570;
  beforeEach(() => (bench = new CameraBench(undefined, {}, true, POWERED_AT)));

  test("the sensor is not reset: no I2C for 1 s after its power came, set-up, then capture", async () => {
    bench.camera.start();
    await bench.timers.advance(429);
    expect(bench.part.transactions).toEqual([]);
    await bench.timers.advance(300);
    expect(bench.part.attribute(0x4854)).toEqual([5, 0]);
    await bench.frame({ counter: bench.timers.now() - POWERED_AT });
    expect(bench.resets).toEqual([]);
    expect(bench.camera.outage()).toBeUndefined();
    expect(bench.faults.events).toEqual([]);
  });

  test("a sensor that does not acknowledge is reset within 250 ms, then by the back-off", async () => {
    bench.part.absent = true;
    bench.camera.start();
    await bench.timers.advance(430 + 250);
    expect(bench.resets).toHaveLength(1);
    expect(bench.faults.events).toEqual(["+CCI"]);
    await bench.timers.advance(1000 + 3000);
    bench.part.absent = false;
    await bench.timers.advance(1000 + 1500);
    expect(bench.resets).toHaveLength(2);
    await bench.frame();
    expect(bench.faults.raised.size).toBe(0);
    expect(bench.camera.outage()).toBeUndefined();
  });

  test("a sensor that is busy for longer than 200 ms is reset", async () => {
    bench.part.stuck = true;
    bench.camera.start();
    await bench.timers.advance(430 + 250);
    expect(bench.resets).toHaveLength(1);
    bench.part.stuck = false;
    await bench.timers.advance(1500);
    await bench.frame();
    expect(bench.camera.outage()).toBeUndefined();
  });

  test.each(["no-vsync", "no-sync", "no-segments"] as const)("%s resets the sensor at once", async (stall) => {
    await bench.start();
    bench.vospi?.stall(stall);
    await bench.timers.advance(1500);
    expect(bench.resets).toHaveLength(1);
  });

  test("a sensor that ran before the board's start is reset at its first frame, once", async () => {
    await bench.start();
    await bench.frame({ counter: 3_600_000 });
    await bench.timers.advance(1500);
    expect(bench.resets).toHaveLength(1);
    await bench.frame();
    await bench.frame();
    await bench.timers.advance(1500);
    expect(bench.resets).toHaveLength(1);
    expect(bench.faults.events).toEqual([]);
  });

  test("a restart of the sensor by itself is followed by a reset, as before", async () => {
    await bench.start();
    await bench.frame({ counter: 2_000 });
    await bench.frame({ counter: 5 });
    await bench.timers.advance(1500);
    expect(bench.resets).toHaveLength(1);
  });
});

test.each([
  ["no-vsync", "VoSPI"],
  ["no-sync", "Sync"],
  ["no-segments", "Sync"],
] as const)(
  "D19: %s raises fault %s and resets the sensor once, at once; the first good frame clears it, not the reset",
  async (stall, fault) => {
    await bench.start();
    await bench.frame();
    bench.vospi?.stall(stall);
    expect(bench.faults.events).toEqual([`+${fault}`]);
    expect(bench.camera.outage()).toBeDefined();
    await bench.timers.advance(1500);
    expect(bench.resets).toHaveLength(2);
    expect(bench.vospi?.running).toBe(true);
    expect(bench.faults.events).toEqual([`+${fault}`]);
    expect(bench.camera.outage()).toBeDefined();
    await bench.frame();
    expect(bench.faults.events).toEqual([`+${fault}`, `-${fault}`]);
    expect(bench.camera.outage()).toBeUndefined();
  },
);

test("a sensor without power for 5 s is set up within 10 s", async () => {
  await bench.start();
  await bench.frame();
  bench.part.absent = true;
  bench.vospi?.stall("no-vsync");
  await bench.timers.advance(5_000);
  expect(bench.faults.raised.size).toBeGreaterThan(0);
  bench.part.absent = false;
  await bench.timers.advance(10_000);
  await bench.frame();
  expect(bench.faults.raised.size).toBe(0);
  expect(bench.camera.outage()).toBeUndefined();
});

test("missing segments during an FFC that a client has ordered are no stall; afterwards they are", async () => {
  await bench.start();
  await bench.frame();
  const done = bench.camera.runFFC();
  bench.vospi?.stall("no-segments");
  await bench.timers.settle(done);
  bench.vospi?.stall("no-segments");
  expect(bench.faults.events).toEqual([]);
  await bench.timers.advance(5_000);
  bench.vospi?.stall("no-segments");
  expect(bench.faults.events).toEqual(["+Sync"]);
  await bench.timers.advance(1500);
  expect(bench.resets).toHaveLength(2);
});

test("capture is stopped while the sensor is reset", async () => {
  await bench.start();
  bench.vospi?.stall("no-sync");
  await bench.timers.advance(0);
  expect(bench.vospi?.running).toBe(false);
});

test("the sensor's clock starting from 0 after a reset does not count as a restart by itself", async () => {
  await bench.start();
  await bench.timers.advance(10_000);
  await bench.frame();
  bench.vospi?.stall("no-vsync");
  await bench.timers.advance(1500);
  await bench.frame();
  await bench.timers.advance(1500);
  expect(bench.resets).toHaveLength(2);
});

test("D6: a sensor that stays dead is reset after 1, 2, 5, 15 and then every 60 s, without limit", async () => {
  await bench.start();
  await bench.frame();
  for (let second = 0; second < 20 * 60; second++) {
    bench.vospi?.stall("no-sync");
    await bench.timers.advance(1000);
  }
  // One at start, one at once, four of the back-off, then one a minute (and the seconds of the set-up).
  expect(bench.resets.length).toBeGreaterThanOrEqual(6 + 18);
  expect(bench.resets.length).toBeLessThanOrEqual(6 + 20);
  expect(bench.faults.events).toEqual(["+Sync"]);
  await bench.frame();
  expect(bench.faults.raised.size).toBe(0);
  bench.vospi?.stall("no-sync");
  await bench.timers.advance(1500);
  expect(bench.resets[bench.resets.length - 1]).toBeGreaterThan(bench.timers.now() - 1500);
});

test("a good frame cancels the pending reset", async () => {
  await bench.start();
  bench.vospi?.stall("no-sync");
  await bench.timers.advance(1500);
  bench.vospi?.stall("no-sync");
  await bench.timers.advance(30_000);
  await bench.frame();
  const { length } = bench.resets;
  await bench.timers.advance(5 * MINUTE);
  expect(bench.resets).toHaveLength(length);
  expect(bench.faults.raised.size).toBe(0);
});

test("a stall of another kind replaces the fault", async () => {
  await bench.start();
  bench.vospi?.stall("no-sync");
  await bench.timers.advance(1500);
  bench.vospi?.stall("no-vsync");
  expect(bench.faults.events).toEqual(["+Sync", "-Sync", "+VoSPI"]);
  expect(bench.camera.outage()).toBe("the Lepton sends no VSYNC");
});

test("settings are restored after every reset", async () => {
  await bench.start();
  const { camera, timers, part } = bench;
  await timers.settle(camera.setConfig({ agc_enabled: 1, emissivity: 50, gain_mode: 2 }));
  await timers.settle(camera.setSpotmeter({ r1: 5, c1: 6, r2: 7, c2: 8 }));
  bench.vospi?.stall("no-vsync");
  await timers.advance(1500);
  expect(bench.resets).toHaveLength(2);
  expect(part.attribute(0x0100)).toEqual([1, 0]);
  expect(part.attribute(0x4ec0)).toEqual([0, 0]);
  expect(part.attribute(0x4ebc)[0]).toBe(4096);
  expect(part.attribute(0x0248)).toEqual([2, 0]);
  expect(part.attribute(0x4ecc)).toEqual([5, 6, 7, 8]);
  expect(part.attribute(0x4854)).toEqual([5, 0]);
  expect(part.attribute(0x0218)).toEqual([1, 0]);
});

test("D7: a missing Lepton is fault 4, does not stop the firmware, and clears when the part answers", async () => {
  bench.part.absent = true;
  bench.camera.start();
  await bench.timers.advance(15_000);
  expect(bench.faults.events).toEqual(["+CCI"]);
  expect(bench.camera.outage()).toBe("the Lepton does not answer");
  await bench.timers.advance(10 * MINUTE);
  expect(bench.resets.length).toBeGreaterThanOrEqual(14);
  expect(bench.resets.length).toBeLessThanOrEqual(17);
  bench.part.absent = false;
  await bench.timers.advance(66_000);
  expect(bench.faults.raised.size).toBe(0);
  await bench.frame();
  expect(bench.camera.outage()).toBeUndefined();
});

test("without a Lepton commands are answered: at once when it is known to be missing, within 5 s during an attempt", async () => {
  bench.part.absent = true;
  bench.camera.start();
  const start = bench.timers.now();
  await expect(bench.timers.settle(bench.camera.setConfig({ emissivity: 5 }))).rejects.toThrow(CommandError);
  expect(bench.timers.now() - start).toBeLessThanOrEqual(5000);
  await bench.timers.advance(60_000);
  const later = bench.timers.now();
  const commands: (() => Promise<unknown>)[] = [
    () => bench.camera.setConfig({ emissivity: 5 }),
    () => bench.camera.setSpotmeter({ r1: 0, c1: 0, r2: 1, c2: 1 }),
    () => bench.camera.runFFC(),
    () => bench.camera.readCCI(0x4ecc, 4),
    () => bench.camera.writeCCI(0x0242, new Uint8Array(0)),
  ];
  for (const command of commands)
    await expect(bench.timers.settle(command())).rejects.toMatchObject({ message: "the Lepton does not answer" });
  expect(bench.timers.now()).toBe(later);
  expect(bench.store.writes).toBe(0);
});

test("a command sent while the sensor starts runs when it has started, and leaves no timer", async () => {
  bench.camera.start();
  const done = bench.camera.setConfig({ emissivity: 50 });
  await bench.timers.settle(done);
  expect(bench.part.attribute(0x4ebc)[0]).toBe(4096);
  expect(bench.timers.pending).toBe(0);
});

test("a Lepton that answers but stays busy raises fault 4, and recovers", async () => {
  bench.part.stuck = true;
  bench.camera.start();
  await bench.timers.advance(15_000);
  expect(bench.faults.events).toEqual(["+CCI"]);
  bench.part.stuck = false;
  await bench.timers.advance(66_000);
  expect(bench.faults.events).toEqual(["+CCI", "-CCI"]);
});

test("a Lepton that rejects a setting raises fault 4, with the reason in the log", async () => {
  bench.part.refuse.set(0x4855, -8);
  bench.camera.start();
  await bench.timers.advance(15_000);
  expect(bench.faults.events).toEqual(["+CCI"]);
  expect(bench.lines.join("\n")).toContain("SET OEM GPIO mode (0x4855): expected 0 (OK), got -8");
});

test("a CCI that stops answering fails the command, raises fault 4 and resets the sensor at once", async () => {
  await bench.start();
  await bench.frame();
  bench.part.absent = true;
  await expect(bench.timers.settle(bench.camera.runFFC())).rejects.toThrow(CommandError);
  expect(bench.faults.events).toEqual(["+CCI"]);
  bench.part.absent = false;
  await bench.timers.advance(1500);
  expect(bench.resets).toHaveLength(2);
  expect(bench.faults.events).toEqual(["+CCI", "-CCI"]);
});

test("further commands to a silent sensor do not delay its reset", async () => {
  await bench.start();
  bench.vospi?.stall("no-sync");
  await bench.timers.advance(1500);
  expect(bench.resets).toHaveLength(2);
  bench.part.absent = true;
  for (let i = 0; i < 6; i++) {
    await expect(bench.timers.settle(bench.camera.readCCI(0x4ecc, 4))).rejects.toThrow(CommandError);
    await bench.timers.advance(10_000);
  }
  expect(bench.resets).toHaveLength(6);
});

test("a past stall does not count as a failure when the CCI stops answering later", async () => {
  await bench.start();
  bench.vospi?.stall("no-segments");
  await bench.timers.advance(1500);
  await bench.frame();
  for (let failure = 0; failure < 2; failure++) {
    bench.part.absent = true;
    await expect(bench.timers.settle(bench.camera.readCCI(0x4ecc, 4))).rejects.toThrow(CommandError);
    bench.part.absent = false;
    await bench.timers.advance(1500);
  }
  // At start, for the stall, at once for the first silence, and for the second one after 1 s.
  expect([bench.resets.length, bench.part.reboots]).toEqual([4, 0]);
});

test("good frames do not cancel the reset of a silent CCI", async () => {
  await bench.start();
  bench.vospi?.stall("no-sync");
  await bench.timers.advance(1500);
  bench.part.absent = true;
  await expect(bench.timers.settle(bench.camera.runFFC())).rejects.toThrow(CommandError);
  await bench.frame();
  expect([...bench.faults.raised]).toEqual([Fault.CCI]);
  bench.part.absent = false;
  await bench.timers.advance(62_000);
  expect(bench.faults.raised.size).toBe(0);
  expect(bench.resets).toHaveLength(3);
});

test("a change that a silent sensor did not take is not rolled back: the reset restores the settings", async () => {
  await bench.start();
  bench.part.stuck = true;
  const start = bench.timers.now();
  await expect(bench.timers.settle(bench.camera.setConfig({ gain_mode: 2, emissivity: 5 }))).rejects.toThrow(
    CommandError,
  );
  expect(bench.timers.now() - start).toBeLessThan(1100);
  bench.part.stuck = false;
  await bench.timers.advance(1500);
  expect(bench.part.attribute(0x0248)).toEqual([0, 0]);
});

test("a rejected command does not reset the sensor", async () => {
  await bench.start();
  bench.part.refuse.set(0x0242, -11);
  await expect(bench.timers.settle(bench.camera.runFFC())).rejects.toThrow("got -11 (COMMAND_NOT_ALLOWED)");
  await bench.timers.advance(MINUTE);
  expect(bench.resets).toHaveLength(1);
  expect(bench.faults.events).toEqual([]);
});

test("a sensor that restarted by itself is detected by its clock and set up again", async () => {
  await bench.start();
  for (let i = 0; i < 5; i++) await bench.frame({ counter: 100_000 + 114 * i });
  bench.part.powerUp();
  const stray = await bench.frame({ counter: 1200 });
  expect(stray.closed).toBe(1);
  await bench.timers.advance(1500);
  expect(bench.resets).toHaveLength(2);
  expect(bench.part.attribute(0x4854)).toEqual([5, 0]);
  expect(bench.faults.events).toEqual([]);
  await bench.frame({ counter: 1300 });
  expect(bench.held).toHaveLength(1);
});

test("a sensor that restarted by itself and lost its VSYNC is set up again", async () => {
  await bench.start();
  await bench.frame();
  bench.part.powerUp();
  bench.vospi?.stall("no-vsync");
  await bench.timers.advance(1500);
  expect(bench.part.attribute(0x4854)).toEqual([5, 0]);
  await bench.frame();
  expect(bench.faults.events).toEqual(["+VoSPI", "-VoSPI"]);
});

test("a Lepton clock that wraps after 49.7 days, stands still or runs fast is not a restart", async () => {
  await bench.start();
  await bench.frame({ counter: 2 ** 32 - 50 });
  await bench.frame({ counter: 64 });
  await bench.frame({ counter: 64 });
  await bench.timers.advance(MINUTE);
  await bench.frame({ counter: 64 });
  // Fast by a tenth: more than any two crystals differ.
  for (let i = 1; i <= 10; i++) await bench.frame({ counter: 64 + 126 * i });
  await bench.timers.advance(1500);
  expect(bench.resets).toHaveLength(1);
});

test("an FFC running when the sensor is reset fails, and does not use the bus while the sensor boots", async () => {
  await bench.start();
  const ffc = bench.camera.runFFC().catch((error: unknown) => error);
  await bench.timers.advance(100);
  bench.vospi?.stall("no-sync");
  expect(await bench.timers.settle(ffc)).toBeInstanceOf(CommandError);
  await bench.timers.advance(1500);
  expect(bench.vospi?.running).toBe(true);
});

test("after a reboot by a client there is no I2C for 950 ms, then the sensor is set up again", async () => {
  await bench.start();
  await bench.frame();
  const result = await bench.timers.settle(bench.camera.writeCCI(0x4842, new Uint8Array(0)));
  expect(result).toEqual({ status: 6, data: new Uint8Array(0) });
  expect(bench.camera.latest()).toBeUndefined();
  await bench.timers.advance(1500);
  expect(bench.part.reboots).toBe(1);
  expect(bench.resets).toHaveLength(1);
  expect(bench.part.attribute(0x4854)).toEqual([5, 0]);
  expect(bench.vospi?.starts).toBe(2);
  expect(bench.faults.events).toEqual([]);
});

test("when a reset does not bring segment numbers back, a reboot command follows at once, and with every later reset", async () => {
  await bench.start();
  await bench.frame();
  bench.vospi?.stall("no-segments");
  await bench.timers.advance(1500);
  expect([bench.resets.length, bench.part.reboots]).toEqual([2, 0]);
  bench.vospi?.stall("no-segments");
  await bench.timers.advance(3000);
  expect([bench.resets.length, bench.part.reboots]).toEqual([3, 1]);
  expect(bench.vospi?.running).toBe(true);
  bench.vospi?.stall("no-segments");
  await bench.timers.advance(1900);
  expect(bench.part.reboots).toBe(1);
  await bench.timers.advance(5000);
  expect([bench.resets.length, bench.part.reboots]).toEqual([4, 2]);
  await bench.frame();
  expect(bench.faults.events).toEqual(["+Sync", "-Sync"]);
});

test("on a board without a reset line the sensor is rebooted by command instead, and not at start", async () => {
  bench = new CameraBench("500-0771-01", undefined, false);
  await bench.start();
  expect(bench.part.reboots).toBe(0);
  bench.vospi?.stall("no-sync");
  await bench.timers.advance(3000);
  expect(bench.part.reboots).toBe(1);
  await bench.frame();
  expect(bench.faults.events).toEqual(["+Sync", "-Sync"]);
});

test("an I2C bus that cannot be opened raises fault 1 and is retried", async () => {
  bench.i2cFailures = Infinity;
  bench.camera.start();
  await bench.timers.advance(10_000);
  expect(bench.faults.events).toEqual(["+Peripheral"]);
  bench.i2cFailures = 0;
  await bench.timers.advance(66_000);
  expect(bench.faults.events).toEqual(["+Peripheral", "-Peripheral"]);
  expect(bench.vospi?.running).toBe(true);
});

test("a command sent while the bus is opened again runs", async () => {
  bench.i2cFailures = 1;
  bench.camera.start();
  const done = bench.camera.setConfig({ emissivity: 50 });
  await bench.timers.settle(done);
  expect(bench.part.attribute(0x4ebc)[0]).toBe(4096);
  expect(bench.faults.events).toEqual(["+Peripheral", "-Peripheral"]);
});

test("a VoSPI that cannot be opened raises fault 5 and is retried", async () => {
  bench.spiError = "pin in use";
  bench.camera.start();
  await bench.timers.advance(10_000);
  expect(bench.faults.events).toEqual(["+VoSPI"]);
  expect(bench.part.opened).toBe(1);
  bench.spiError = undefined;
  await bench.timers.advance(66_000);
  await bench.frame();
  expect(bench.faults.events).toEqual(["+VoSPI", "-VoSPI"]);
});

test("a stall is logged in one line with the counters that are not zero", async () => {
  await bench.start();
  Object.assign(bench.capture.statistics, { vsyncs: 480, frames: 12, resyncs: 3 });
  bench.vospi?.stall("no-sync");
  expect(bench.lines.filter((line) => line.includes("vsyncs"))).toEqual([
    expect.stringContaining("the Lepton's video cannot be synchronised (vsyncs 480, frames 12, resyncs 3)"),
  ]);
});

test("resynchronisations are logged with the next frame, and at most once a minute", async () => {
  await bench.start();
  const logged = (): string[] => bench.lines.filter((line) => line.includes("was resynchronised"));
  await bench.frame();
  expect(logged()).toEqual([]);
  bench.capture.statistics.resyncs = 1;
  await bench.frame();
  await bench.frame();
  expect(logged()).toEqual([expect.stringContaining("the Lepton's video was resynchronised (resyncs 1)")]);
  bench.capture.statistics.resyncs = 5;
  await bench.frame();
  expect(logged()).toHaveLength(1);
  await bench.timers.advance(MINUTE);
  await bench.frame();
  expect(logged()[1]).toContain("(resyncs 5)");
});

test("the video's counters can be read from when VoSPI is open", async () => {
  bench.spiError = "pin in use";
  bench.camera.start();
  await bench.timers.advance(100);
  expect(bench.camera.videoStatistics()).toBeUndefined();
  bench.spiError = undefined;
  await bench.timers.advance(2 * MINUTE);
  bench.capture.statistics.frames = 7;
  expect(bench.camera.videoStatistics()).toMatchObject({ frames: 7, crcErrors: 0 });
});
