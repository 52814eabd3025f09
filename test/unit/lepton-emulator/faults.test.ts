// SPDX-License-Identifier: Apache-2.0

import { checkCounterImage, FAULT_NAMES, FaultSwitches, isFaultName, ManualClock } from "../../../simulator/lepton";
import type { FaultName, FaultSetting } from "../../../simulator/lepton";
import { deviation, PACKET, Rig, split } from "./rig";
import type { Packet } from "./rig";

describe("switches", () => {
  const make = (seed = 1): { clock: ManualClock; faults: FaultSwitches } => {
    const clock = new ManualClock();
    return { clock, faults: new FaultSwitches(clock, seed) };
  };
  const strikes = (faults: FaultSwitches, name: FaultName, times: number): number =>
    Array.from({ length: times }, () => faults.strikes(name)).filter(Boolean).length;

  test("no fault happens that is not switched on", () => {
    const { faults } = make();
    for (const name of FAULT_NAMES) expect(faults.strikes(name)).toBe(false);
    expect(faults.any).toBe(false);
  });

  test("count ends it, and the number of times it happened stays", () => {
    const { faults } = make();
    faults.set("i2cNack", { count: 3 });
    expect(strikes(faults, "i2cNack", 10)).toBe(3);
    expect(faults.isOn("i2cNack")).toBe(false);
    expect(faults.happened("i2cNack")).toBe(3);
  });

  test("afterMs and durationMs limit it in board time", () => {
    const { clock, faults } = make();
    faults.set("zeroBus", { afterMs: 10, durationMs: 5 });
    expect(faults.isOn("zeroBus")).toBe(false);
    clock.advance(10_000);
    expect(faults.isOn("zeroBus")).toBe(true);
    clock.advance(4_999);
    expect(faults.isOn("zeroBus")).toBe(true);
    clock.advance(1);
    expect(faults.isOn("zeroBus")).toBe(false);
    expect(faults.any).toBe(false);
  });

  test("probability is the same sequence for the same seed", () => {
    const draw = (seed: number): boolean[] => {
      const { faults } = make(seed);
      faults.set("bitErrors", { probability: 0.25 });
      return Array.from({ length: 1000 }, () => faults.strikes("bitErrors"));
    };
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
    const hits = draw(1).filter(Boolean).length;
    expect(hits).toBeGreaterThan(200);
    expect(hits).toBeLessThan(300);
  });

  test("events happen once by default; clear switches off one or all", () => {
    const { faults } = make();
    faults.set("sensorReset");
    expect(strikes(faults, "sensorReset", 5)).toBe(1);
    faults.set("zeroBus");
    faults.set("i2cNack");
    faults.clear("zeroBus");
    expect(faults.list().filter((f) => f.on).map((f) => f.name)).toEqual(["i2cNack"]); // prettier-ignore
    faults.clear();
    expect(faults.any).toBe(false);
  });

  test("the list is plain data of every fault", () => {
    const { faults } = make();
    faults.set("bitErrors", { probability: 0.5, value: 2 });
    const list = JSON.parse(JSON.stringify(faults.list())) as { name: string }[];
    expect(list.map((f) => f.name)).toEqual(FAULT_NAMES);
    expect(list.find((f) => f.name === "bitErrors")).toEqual({
      name: "bitErrors",
      on: true,
      happened: 0,
      setting: { probability: 0.5, value: 2 },
    });
  });

  test.each<[FaultName, FaultSetting, string]>([
    ["bitErrors", { probability: 1.5 }, "probability must be 0 to 1"],
    ["bitErrors", { probability: -0.1 }, "probability must be 0 to 1"],
    ["bitErrors", { probability: NaN }, "probability must be 0 to 1"],
    ["bitErrors", { count: 0 }, "count must be a whole number from 1 to 1000000000"],
    ["bitErrors", { count: 2.5 }, "count must be a whole number from 1 to 1000000000"],
    ["bitErrors", { count: 1e9 + 1 }, "count must be a whole number from 1 to 1000000000"],
    ["bitErrors", { durationMs: 0 }, "durationMs must be 0.001 to 1000000000"],
    ["bitErrors", { durationMs: 1e9 + 1 }, "durationMs must be 0.001 to 1000000000"],
    ["bitErrors", { afterMs: -1 }, "afterMs must be 0 to 1000000000"],
    ["bitErrors", { afterMs: Infinity }, "afterMs must be 0 to 1000000000"],
    ["bitErrors", { value: 1.5 }, "value must be a whole number from 1 to 1312"],
    ["bitErrors", { value: 100_000_000 }, "value must be a whole number from 1 to 1312"],
    ["zeroBus", { value: 1 }, "has no value"],
    ["commandRejected", { command: 0x10000 }, "command must be a whole number from 0 to 65535"],
    ["commandRejected", { command: -1 }, "command must be a whole number from 0 to 65535"],
    ["zeroBus", { command: 0x0242 }, "has no command"],
  ])("%s with %j is refused, and says why", (name, setting, reason) => {
    const { faults } = make();
    faults.set(name, {});
    expect(() => faults.set(name, setting)).toThrow(new RangeError(`${name}: ${reason}`));
    expect(faults.list().find((fault) => fault.name === name)?.setting).toEqual({});
  });

  test("values are accepted up to the ends of their ranges", () => {
    const ranges: Partial<Record<FaultName, [number, number]>> = {
      bitSlip: [1, 7],
      wrongSegment: [0, 7],
      bitErrors: [1, 1312],
      commandRejected: [-128, 127],
      ffcBlackout: [1, 600_000],
      zeroPixels: [1, 19_200],
    };
    for (const name of FAULT_NAMES) {
      const [min, max] = ranges[name] ?? [NaN, NaN];
      const taken = [min - 1, min, max, max + 1].map((value) => {
        const { faults } = make();
        try {
          faults.set(name, { value });
          return faults.value(name) === value;
        } catch {
          return false;
        }
      });
      expect([name, ...taken]).toEqual([name, false, name in ranges, name in ranges, false]);
    }
  });

  test("an infinite count is a fault without end", () => {
    const { clock, faults } = make();
    faults.set("sensorReset", { count: Infinity, durationMs: Infinity });
    clock.advance(1e15);
    expect(strikes(faults, "sensorReset", 1000)).toBe(1000);
  });

  test("an unknown name is refused with a list of the names", () => {
    expect(isFaultName("toString")).toBe(false);
    expect(() => make().faults.set("toString" as FaultName)).toThrow(/stuckDiscards/);
  });
});

/** A part with the counter scene and a reader; each fault is judged by the received segments. */
function streaming(options: ConstructorParameters<typeof Rig>[0] = {}): Rig {
  const rig = new Rig({ scene: "counter", ...options }).start();
  rig.read(2);
  return rig;
}

/** The segments read in the next `us`. */
function segmentsIn(rig: Rig, us: number): Rig["segments"] {
  const first = rig.segments.length;
  rig.clock.advance(us);
  return rig.segments.slice(first);
}

function resync(rig: Rig): void {
  rig.reading = false;
  rig.clock.advance(20_000);
  rig.idle(185_000);
  rig.reading = true;
}

describe("stuckDiscards", () => {
  test("sends only discards, through resyncs and reboots, until the reset pin is used", () => {
    const rig = streaming();
    rig.part.faults.set("stuckDiscards");
    rig.clock.advance(30_000);
    const all = segmentsIn(rig, 300_000);
    expect(all.length).toBeGreaterThan(20);
    expect(all.every((s) => s.packets.every((p) => p.discard))).toBe(true);
    // The status block's counter steps in the top nibble of word 17.
    const [a, b] = all.at(-1)?.packets.slice(0, 2) as [Packet, Packet];
    expect((((b.words[17] as number) >> 12) - ((a.words[17] as number) >> 12)) & 15).toBe(1);
    resync(rig);
    expect(segmentsIn(rig, 100_000).every((s) => s.packets.every((p) => p.discard))).toBe(true);
    rig.writeRegister(0x0004, 0x4842);
    rig.clock.advance(2_000_000);
    expect(rig.part.state().sync).toBe("stuck");
    rig.part.reset(true);
    rig.part.reset(false);
    rig.clock.advance(1_000_000);
    expect(rig.part.state().sync).toBe("idle");
    rig.set(0x0219, [1, 0]);
    rig.set(0x4855, [5, 0]);
    expect(checkCounterImage(rig.readOne().words).whole).toBe(true);
    expect(rig.part.faults.happened("stuckDiscards")).toBe(1);
  });
});

test("lostSync: discards until an idle of 185 ms", () => {
  const rig = streaming();
  rig.part.faults.set("lostSync");
  rig.clock.advance(30_000);
  expect(segmentsIn(rig, 500_000).every((s) => s.packets.every((p) => p.discard))).toBe(true);
  resync(rig);
  expect(checkCounterImage(rig.readOne(400_000).words).whole).toBe(true);
});

test.each([1, 3])("bitSlip: every byte is %i bits late until a resync", (bits) => {
  const rig = streaming();
  rig.part.faults.set("bitSlip", { value: bits });
  rig.clock.advance(10_000);
  const slipped = rig.segments.at(-1);
  // Some CRCs stay right: a shift by one bit divides an even packet and its CRC alike. The packet numbers are wrong.
  const right = slipped?.packets.filter((p) => p.crcRight).length ?? 61;
  expect(right).toBeLessThan(31);
  for (const n of [1, 2, 7, 60]) expect((slipped?.packets[n]?.id ?? 0) & (0xffff >> bits)).toBe(n >> bits);
  expect(segmentsIn(rig, 200_000).some((s) => s.whole)).toBe(false);
  resync(rig);
  expect(checkCounterImage(rig.readOne().words).whole).toBe(true);
});

test.each(["segmentZero", "needsReboot"] as const)("%s: segments have number 0 and are otherwise right", (name) => {
  const rig = streaming();
  rig.part.faults.set(name);
  rig.clock.advance(120_000);
  expect(segmentsIn(rig, 300_000).every((s) => s.whole && s.number === 0)).toBe(true);
  if (name === "segmentZero") rig.part.faults.clear(name);
  else {
    rig.part.reset(true);
    rig.part.reset(false);
    rig.clock.advance(1_000_000);
    expect(rig.part.faults.isOn(name)).toBe(true);
    rig.writeRegister(0x0004, 0x4842);
    rig.clock.advance(1_000_000);
    rig.set(0x0219, [1, 0]);
    rig.set(0x4855, [5, 0]);
  }
  expect(checkCounterImage(rig.readOne().words).whole).toBe(true);
});

test("wrongSegment: the number is wrong and the CRC right", () => {
  const rig = streaming();
  rig.part.faults.set("wrongSegment", { count: 40 });
  const first = rig.segments.length;
  rig.clock.advance(1_100_000);
  const seen = rig.segments.slice(first);
  expect(seen.every((s) => s.whole)).toBe(true);
  expect(rig.part.faults.happened("wrongSegment")).toBeGreaterThan(30);
  // The packet numbers of the counter scene say which part of the image a segment holds.
  const wrong = seen.filter(
    (s) => s.number > 0 && Math.floor((s.packets[0]?.words[1] as number) / 61) + 1 !== s.number,
  );
  expect(wrong.length).toBe(rig.part.faults.happened("wrongSegment"));
});

test("wrongSegment can set a given number", () => {
  const rig = streaming();
  rig.part.faults.set("wrongSegment", { value: 7, count: 4 });
  expect(segmentsIn(rig, 250_000).filter((s) => s.number === 7).length).toBe(4);
});

test("droppedPackets: a packet number is missing, and a discard follows at the end", () => {
  const rig = streaming();
  rig.clock.advance(50_000);
  rig.part.faults.set("droppedPackets", { probability: 0.01, count: 1 });
  while (rig.part.faults.happened("droppedPackets") === 0) rig.clock.advance(9000);
  const segment = rig.segments.at(-1);
  const numbers = segment?.packets.filter((p) => !p.discard).map((p) => p.number) ?? [];
  expect(numbers.length).toBe(60);
  expect(new Set(numbers).size).toBe(60);
  expect(segment?.packets[60]?.discard).toBe(true);
});

test("duplicatedPackets: a packet is sent twice, bit for bit, and the last one is not sent", () => {
  const rig = streaming();
  rig.part.faults.set("duplicatedPackets", { probability: 0.01, count: 1 });
  while (rig.part.faults.happened("duplicatedPackets") === 0) rig.clock.advance(9000);
  const packets = rig.segments.at(-1)?.packets ?? [];
  const twice = packets.findIndex((p, i) => i > 0 && p.number === packets[i - 1]?.number);
  expect(twice).toBeGreaterThan(0);
  expect(packets[twice]?.words).toEqual(packets[twice - 1]?.words);
  expect(packets.at(-1)?.number).toBe(59);
  expect(rig.part.state().sync).toBe("stream");
});

test("bitErrors: the given number of bits of a packet is wrong", () => {
  const rig = streaming();
  rig.part.faults.set("bitErrors", { probability: 0.02, value: 1 });
  const segments = segmentsIn(rig, 1_000_000);
  const bad = segments.flatMap((s) => s.packets).filter((p) => !p.crcRight).length;
  const happened = rig.part.faults.happened("bitErrors");
  expect(happened).toBeGreaterThan(50);
  // The CRC does not cover the ID's highest four of the 1312 bits.
  expect(bad).toBeLessThanOrEqual(happened);
  expect(bad).toBeGreaterThan(happened * 0.95);
  rig.part.faults.clear();
  expect(checkCounterImage(rig.readOne().words).whole).toBe(true);
});

test("packet faults do not change the frame: an image that passes the checks of CRC, order and number is whole", () => {
  const rig = streaming();
  rig.part.faults.set("bitErrors", { probability: 0.0005, value: 3 });
  rig.part.faults.set("droppedPackets", { probability: 0.0003 });
  rig.part.faults.set("duplicatedPackets", { probability: 0.0003 });
  rig.part.faults.set("wrongSegment", { probability: 0.05 });
  rig.part.faults.set("lostSync", { probability: 0.001, count: 1000 });
  rig.images.length = 0;
  for (let i = 0; i < 20; i++) {
    rig.clock.advance(1_000_000);
    if (rig.part.state().sync === "lost") resync(rig);
  }
  expect(rig.images.length).toBeGreaterThan(20);
  for (const image of rig.images) expect(checkCounterImage(image.words)).toMatchObject({ whole: true });
});

test("zeroBus: every byte is zero, with CRCs that look right", () => {
  const rig = streaming();
  rig.part.faults.set("zeroBus", { durationMs: 100 });
  const segments = segmentsIn(rig, 90_000);
  expect(segments.every((s) => s.packets.every((p) => p.id === 0 && p.crcRight))).toBe(true);
  rig.part.faults.clear();
  resync(rig);
  expect(checkCounterImage(rig.readOne().words).whole).toBe(true);
});

test("missingVsync: the given number of pulses is missing, the segments go on", () => {
  const rig = streaming();
  rig.part.faults.set("missingVsync", { count: 40 });
  const before = rig.pulses.length;
  const segments = rig.part.state().segments;
  rig.clock.advance(41 * 9496.936);
  expect(rig.pulses.length - before).toBeLessThanOrEqual(2);
  expect(rig.part.state().segments - segments).toBeGreaterThan(39);
  expect(rig.part.faults.happened("missingVsync")).toBe(40);
  rig.readOne();
});

test("i2cNack: a transaction is not acknowledged", () => {
  const rig = new Rig().boot();
  rig.part.faults.set("i2cNack", { count: 2 });
  expect(rig.writeRegister(0x0002)).toBe(false);
  expect(rig.part.i2cRead(2)).toBeUndefined();
  expect(rig.status).toBe(0x0006);
});

test("cciNeverReady: BUSY never clears, through a reset too, while it is on", () => {
  const rig = new Rig().boot();
  rig.part.faults.set("cciNeverReady");
  rig.clock.advance(10_000_000);
  expect(rig.status).toBe(0x0007);
  rig.part.reset(true);
  rig.part.reset(false);
  rig.clock.advance(1_000_000);
  expect(rig.status).toBe(0x0007);
  rig.part.faults.clear();
  expect(rig.status).toBe(0x0006);
});

test("earlyAccessHang: access before 950 ms blocks CCI until a power cycle", () => {
  const rig = new Rig();
  rig.part.faults.set("earlyAccessHang");
  rig.part.power(true);
  rig.clock.advance(500_000);
  expect(rig.writeRegister(0x0002)).toBe(false);
  rig.clock.advance(5_000_000);
  expect(rig.writeRegister(0x0002)).toBe(false);
  rig.part.reset(true);
  rig.part.reset(false);
  rig.clock.advance(1_000_000);
  expect(rig.writeRegister(0x0002)).toBe(false);
  rig.part.power(false);
  rig.part.power(true);
  rig.clock.advance(1_000_000);
  expect(rig.status).toBe(0x0006);
});

test("commandRejected: BUSY clears with a negative result and no effect; it can be limited to one command", () => {
  const rig = new Rig().boot();
  rig.part.faults.set("commandRejected", { command: 0x0242, value: -2, count: 1 });
  expect(rig.command(0x0202)).toBe(0);
  expect(rig.command(0x0242)).toBe(-2);
  expect(rig.part.state().ffc.state).toBe("never");
  expect(rig.command(0x0242)).toBe(0);
  expect(rig.part.state().ffc.state).toBe("in progress");
});

test("partialWrite: only the first half of a burst of 16 words is written, and the command succeeds", () => {
  const rig = new Rig().boot();
  const object = rig.get(0x023c, 16);
  rig.writeRegister(0x0008, ...new Array<number>(8).fill(0), ...new Array<number>(8).fill(0));
  rig.part.faults.set("partialWrite", { count: 1 });
  expect(rig.trySet(0x023d, object)).toBe(0);
  const back = rig.get(0x023c, 16);
  expect(back.slice(0, 2)).toEqual(object.slice(0, 2));
  expect(back.slice(10, 12)).toEqual([0, 0]);
});

test("sensorReset: settings are lost, VSYNC stops, and the part boots as after a reset by its pin", () => {
  const rig = streaming();
  rig.part.faults.set("sensorReset");
  rig.clock.advance(20_000);
  const pulses = rig.pulses.length;
  expect(rig.writeRegister(0x0002)).toBe(false);
  rig.clock.advance(2_000_000);
  expect(rig.pulses.length).toBe(pulses);
  expect(rig.get(0x4854, 2)).toEqual([0, 0]);
  expect(rig.get(0x0218, 2)).toEqual([0, 0]);
  rig.set(0x0219, [1, 0]);
  rig.set(0x4855, [5, 0]);
  resync(rig);
  expect(checkCounterImage(rig.readOne().words).whole).toBe(true);
});

test("sensorReset in the middle of a transfer gives zeros and no torn frame", () => {
  const rig = streaming();
  rig.reading = false;
  rig.part.onVsync = undefined;
  rig.clock.advance(5000);
  rig.part.faults.set("sensorReset");
  const bytes = rig.clockBytes(PACKET * 200);
  expect(bytes.every((b) => b === 0)).toBe(true);
  expect(rig.part.state().power).toBe("booting");
});

test("ffcBlackout: no valid segment for the given time", () => {
  const rig = streaming();
  rig.part.faults.set("ffcBlackout", { value: 1500 });
  rig.clock.advance(120_000);
  expect(segmentsIn(rig, 1_300_000).every((s) => s.whole && s.number === 0)).toBe(true);
  expect(checkCounterImage(rig.readOne(400_000).words).whole).toBe(true);
});

test("zeroPixels: the first pixels of a frame are 0", () => {
  const rig = new Rig().start();
  rig.readOne();
  rig.part.faults.set("zeroPixels", { value: 3, count: 2 });
  const [a, b, c] = rig.read(3).map((image) => [...image.words.subarray(0, 4)].map((word) => word === 0));
  expect(a).toEqual([true, true, true, false]);
  expect(b).toEqual([true, true, true, false]);
  expect(c).toEqual([false, false, false, false]);
});

describe("thermalShutdown", () => {
  test("warns by telemetry and camera status, counts down from 270 frames at 26 Hz, then goes to standby", () => {
    const rig = streaming();
    rig.part.faults.set("thermalShutdown");
    rig.readOne();
    const image = rig.readOne();
    expect((image.telemetry[4] as number) & 0x10).toBe(0x10);
    expect(rig.get(0x0204, 4)[0]).toBe(6);
    const left = rig.get(0x0234, 1)[0] as number;
    expect(left).toBeLessThan(270);
    expect(left).toBeGreaterThan(250);
    rig.reading = false;
    rig.clock.advance(11_000_000);
    expect(rig.part.state().power).toBe("standby");
    expect(rig.writeRegister(0x0002)).toBe(false);
    const pulses = rig.pulses.length;
    rig.clock.advance(1_000_000);
    expect(rig.pulses.length).toBe(pulses);
    rig.part.faults.clear();
    rig.part.reset(true);
    rig.part.reset(false);
    rig.clock.advance(1_000_000);
    expect(rig.status).toBe(0x0006);
  });

  test("is cancelled when the part cools down, and does not happen when it is disabled", () => {
    const rig = streaming();
    rig.reading = false;
    rig.part.faults.set("thermalShutdown", { durationMs: 5000 });
    rig.clock.advance(6_000_000);
    expect(rig.get(0x0234, 1)).toEqual([270]);
    rig.set(0x4869, [0, 0]);
    rig.part.faults.set("thermalShutdown");
    rig.clock.advance(15_000_000);
    expect(rig.part.state().power).toBe("running");
  });
});

test("shutterLockout: status bit 15, FFC refused, until the lock-out ends", () => {
  const rig = streaming();
  rig.part.faults.set("shutterLockout");
  rig.readOne();
  const image = rig.readOne();
  expect((image.telemetry[3] as number) & 0x8000).toBe(0x8000);
  expect(rig.command(0x0242)).toBe(-11);
  expect(rig.get(0x023c, 16)[2]).toBe(1);
  rig.part.faults.clear();
  rig.readOne();
  expect(rig.command(0x0242)).toBe(0);
});

test("shutterFailure: the FFC burns the scene in, inverted, until the next good one", () => {
  const rig = new Rig({ scene: split(310, 300, 0.5) }).start();
  const contrast = (): number => deviation(rig.readOne().words);
  const before = contrast();
  rig.part.faults.set("shutterFailure", { count: 1 });
  rig.command(0x0242);
  rig.clock.advance(1_200_000);
  // Parts of the scene that do not move cancel out.
  expect(contrast()).toBeLessThan(before / 10);
  rig.command(0x0242);
  rig.clock.advance(1_200_000);
  expect(contrast()).toBeGreaterThan(before * 0.8);
});

test("overclock: a ramp replaces the scene", () => {
  const rig = new Rig().start();
  rig.part.faults.set("overclock");
  rig.readOne();
  expect([...rig.readOne().words.subarray(158, 162)]).toEqual([158, 159, 160, 161]);
});

test("restartWedge: starting to read after an idle ends in stuck discards", () => {
  const rig = streaming();
  rig.part.faults.set("restartWedge", { count: 1 });
  resync(rig);
  expect(segmentsIn(rig, 300_000).every((s) => s.packets.every((p) => p.discard))).toBe(true);
  expect(rig.part.state().sync).toBe("stuck");
});
