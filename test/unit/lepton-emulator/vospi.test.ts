// SPDX-License-Identifier: Apache-2.0

import { encodePacket } from "../../../simulator/lepton/segments";
import { PACKET, parsePacket, Rig } from "./rig";

const PERIOD = 9496.936;

describe("packet CRC", () => {
  const words = (value: (i: number) => number): Uint16Array => Uint16Array.from({ length: 80 }, (_, i) => value(i));
  test.each([
    ["zeros, packet 0", 0, words(() => 0), 0x0000],
    ["zeros, packet 1", 1, words(() => 0), 0x654c],
    ["zeros, packet 20", 20, words(() => 0), 0xb117],
    ["30000, packet 0", 0, words(() => 30000), 0x0021],
    ["8192, packet 59", 59, words(() => 8192), 0x21f2],
    ["ramp, packet 0", 0, words((i) => i), 0x8c08],
  ])("%s", (_, packet, payload, crc) => {
    const bytes = Buffer.alloc(PACKET);
    encodePacket(bytes, 0, packet, payload, 0);
    expect(bytes.readUInt16BE(0)).toBe(packet);
    expect(bytes.readUInt16BE(2)).toBe(crc);
    expect(bytes.readUInt16BE(4 + 2 * 79)).toBe(payload[79]);
  });

  test("the first packet of the ramp test pattern has the datasheet's CRC", () => {
    const rig = new Rig().start(false);
    rig.packets = 60;
    rig.set(0x482d, [2, 0]);
    rig.set(0x4ec1, [0, 0]);
    rig.readOne();
    rig.readOne();
    const first = rig.segments.findLast((s) => s.number === 1);
    expect(first?.packets[0]?.words.slice(0, 3)).toEqual([0, 1, 2]);
    expect(rig.clockBytes(0).length).toBe(0);
  });
});

describe("segments", () => {
  test("are numbered 1, 2, 3, 4 and then eight times 0, in packet 20 only, and every CRC is right", () => {
    const rig = new Rig().start();
    rig.read(4);
    const first = rig.segments.findIndex((s) => s.number === 1);
    const numbers = rig.segments.slice(first, first + 24).map((s) => s.number);
    expect(numbers).toEqual([1, 2, 3, 4, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 0, 0, 0, 0, 0, 0, 0, 0]);
    for (const segment of rig.segments.slice(first)) {
      expect(segment.whole).toBe(true);
      for (const packet of segment.packets) if (packet.number !== 20) expect(packet.segment).toBe(0);
    }
  });

  test("follow every 9.4969 ms, twelve to a frame: 8.77 frames a second", () => {
    const rig = new Rig().start();
    rig.clock.advanceTo(6_000_000);
    const first = rig.pulses.length;
    rig.clock.advance(12_000_000);
    const pulses = rig.pulses.slice(first);
    const period = ((pulses.at(-1) as number) - (pulses[0] as number)) / (pulses.length - 1);
    expect(period).toBeCloseTo(PERIOD, 2);
    const images = rig.images.slice(-100);
    const span = (images.at(-1) as { timeUs: number }).timeUs - (images[0] as { timeUs: number }).timeUs;
    expect(((images.length - 1) * 1e6) / span).toBeCloseTo(8.775, 2);
  });

  test("without telemetry have 60 packets, followed by discards", () => {
    const rig = new Rig({ scene: "counter" }).start(false);
    rig.packets = 61;
    rig.clock.advance(2_000_000);
    const segment = rig.segments.at(-1);
    expect(segment?.packets.slice(0, 60).map((p) => p.number)).toEqual(Array.from({ length: 60 }, (_, i) => i));
    expect(segment?.packets[60]).toMatchObject({ id: 0x1fff, discard: true });
  });

  test.each([
    ["footer", 1, 240],
    ["header", 0, 0],
  ])("carry telemetry as %s: rows A to D in order, and all 120 rows of pixels", (_, location, at) => {
    const rig = new Rig({ scene: "counter" }).start();
    rig.set(0x021d, [location, 0]);
    rig.clock.advance(400_000);
    rig.images.length = 0;
    const first = rig.segments.length;
    rig.readOne();
    const frame = rig.segments.slice(first).filter((s) => s.number > 0);
    const packets = frame.flatMap((s) => s.packets).slice(-244);
    const [a, b, c, d] = packets.slice(at, at + 4);
    expect(a?.words[0]).toBe(0x000e);
    expect(b?.words[19]).toBe(8192);
    expect(c?.words[54]).toBe(59);
    expect(d?.words).toEqual(new Array<number>(80).fill(0));
    const pixels = packets.filter((_, i) => i < at || i >= at + 4);
    expect(pixels.map((p) => p.words[1])).toEqual(Array.from({ length: 240 }, (_, i) => i));
  });
});

describe("VSYNC", () => {
  test("is sent only in GPIO mode 5", () => {
    const rig = new Rig().boot();
    rig.clock.advance(1_000_000);
    expect(rig.pulses).toEqual([]);
    rig.set(0x4855, [5, 0]);
    rig.clock.advance(100_000);
    expect(rig.pulses.length).toBeGreaterThanOrEqual(10);
    rig.set(0x4855, [0, 0]);
    const count = rig.pulses.length;
    rig.clock.advance(100_000);
    expect(rig.pulses.length).toBe(count);
  });

  test("numbers its pulses and goes on during an FFC", () => {
    const rig = new Rig().start();
    rig.clock.advance(1_000_000);
    const numbers: number[] = [];
    rig.part.onVsync = (_, pulse): void => void numbers.push(pulse);
    rig.command(0x0242);
    rig.clock.advance(500_000);
    expect(rig.part.state().ffc.state).toBe("in progress");
    expect(numbers.length).toBeGreaterThan(50);
    expect(numbers.map((n) => n - (numbers[0] as number))).toEqual(numbers.map((_, i) => i));
  });

  test.each([-3, -1, 1, 3])("is moved by its phase delay: %i lines of 0.5 ms", (phase) => {
    const rig = new Rig().start();
    rig.reading = false;
    rig.clock.advanceTo(3_000_000);
    rig.pulses.length = 0;
    rig.clock.advance(50_000);
    const reference = rig.pulses[0] as number;
    rig.set(0x4859, [phase & 0xffff, phase < 0 ? 0xffff : 0]);
    rig.clock.advance(50_000);
    const moved = rig.pulses.at(-1) as number;
    const periods = (moved - reference - phase * 500) / PERIOD;
    expect(Math.abs(periods - Math.round(periods)) * PERIOD).toBeLessThan(2);
  });
});

describe("synchronisation", () => {
  test("begins with discards until the next segment", () => {
    const rig = new Rig().boot();
    rig.clock.advance(1_000_000);
    expect(rig.part.state().sync).toBe("idle");
    const packets: boolean[] = [];
    const start = rig.clock.now();
    while (!packets.includes(false)) {
      packets.push(parsePacket(rig.clockBytes(PACKET)).discard);
      rig.clock.advance(100);
    }
    expect(packets.length).toBeGreaterThan(1);
    expect(rig.clock.now() - start).toBeLessThan(10_000);
  });

  test("a segment in one transfer right after VSYNC is whole", () => {
    const rig = new Rig().start();
    rig.clock.advance(1_000_000);
    expect(rig.segments.slice(-20).every((s) => s.whole)).toBe(true);
    expect(rig.part.state().syncLosses).toBe(0);
  });

  test("a segment read in single packets with CS high in between is whole", () => {
    const rig = new Rig().start();
    rig.reading = false;
    const numbers: number[] = [];
    let pulses = 0;
    rig.part.onVsync = (): void => {
      pulses += 1;
      for (let i = 0; i < 61; i++) {
        const packet = parsePacket(rig.clockBytes(PACKET));
        rig.part.spiSelect(false);
        if (pulses > 2) numbers.push(packet.number);
      }
    };
    rig.clock.advance(300_000);
    expect(numbers.slice(0, 610)).toEqual(Array.from({ length: 610 }, (_, i) => i % 61));
  });

  test("a reader that starts too late loses sync at the segment's end, and an idle of 185 ms with CS high restores it", () => {
    const rig = new Rig().start();
    rig.readOne();
    rig.lateUs = 6000;
    rig.clock.advance(30_000);
    expect(rig.part.state().sync).toBe("lost");
    expect(rig.part.state().syncLosses).toBe(1);
    rig.lateUs = 0;
    rig.clock.advance(500_000);
    expect(rig.segments.slice(-10).every((s) => s.packets.every((p) => p.discard))).toBe(true);
    rig.reading = false;
    rig.clock.advance(20_000);
    rig.idle(185_000);
    rig.reading = true;
    const before = rig.clock.now();
    const image = rig.readOne();
    expect(image.timeUs - before).toBeLessThan(2 * 12 * PERIOD);
  });

  test("an idle just below 185 ms does not restore it, nor does an idle with CS low", () => {
    const rig = new Rig().start();
    rig.readOne();
    rig.lateUs = 6000;
    rig.clock.advance(30_000);
    rig.reading = false;
    rig.clock.advance(20_000);
    rig.idle(184_000);
    rig.clockBytes(PACKET);
    expect(rig.part.state().sync).toBe("lost");
    rig.clock.advance(300_000);
    expect(parsePacket(rig.clockBytes(PACKET)).discard).toBe(true);
    expect(rig.part.state().sync).toBe("lost");
    rig.idle(185_000);
    rig.clockBytes(PACKET);
    expect(rig.part.state().sync).toBe("discard");
  });

  test("a clock too slow for the segment rate loses sync", () => {
    const rig = new Rig().start();
    rig.readOne();
    rig.hz = 8_000_000;
    rig.clock.advance(30_000);
    expect(rig.part.state().syncLosses).toBe(1);
    expect(rig.log.at(-1)).toMatch(/segment still being read/);
  });

  test("a packet of more than 1.5 ms loses sync", () => {
    const rig = new Rig().start();
    rig.readOne();
    rig.reading = false;
    rig.part.onVsync = undefined;
    rig.clock.advance(9497 - ((rig.clock.now() - (rig.pulses.at(-1) as number)) % 9497));
    rig.clockBytes(100);
    rig.clock.advance(1600);
    rig.clockBytes(64);
    expect(rig.part.state().sync).toBe("lost");
    expect(rig.log.at(-1)).toMatch(/1\.5 ms/);
  });

  test("an unread segment is replaced silently by a tolerant part and loses sync of a strict one", () => {
    for (const strictness of ["tolerant", "datasheet"] as const) {
      const rig = new Rig({ strictness }).start();
      rig.readOne();
      rig.reading = false;
      rig.clock.advance(30_000);
      rig.reading = true;
      rig.clock.advance(20_000);
      expect(rig.part.state().sync).toBe(strictness === "tolerant" ? "stream" : "lost");
    }
  });

  test("a strict part keeps sync with a reader that reads every segment", () => {
    const rig = new Rig({ strictness: "datasheet" }).start();
    rig.clock.advance(3_000_000);
    expect(rig.part.state().syncLosses).toBe(0);
    expect(rig.images.length).toBeGreaterThan(20);
  });

  test("switching telemetry while segments are read requires a resync", () => {
    const rig = new Rig().start();
    rig.readOne();
    rig.set(0x0219, [0, 0]);
    rig.clock.advance(150_000);
    expect(rig.part.state().sync).toBe("lost");
  });

  test("bytes clocked with CS high are zeros and have no effect", () => {
    const rig = new Rig().start();
    rig.readOne();
    rig.part.spiSelect(false);
    const bytes = Buffer.alloc(PACKET, 0xaa);
    rig.part.spiTransfer(PACKET, 16_000_000, bytes);
    expect(bytes.every((b) => b === 0)).toBe(true);
    rig.readOne();
    expect(rig.part.state().syncLosses).toBe(0);
  });

  test("transfers follow each other on the bus while the clock stands still", () => {
    const rig = new Rig().start();
    rig.readOne();
    rig.reading = false;
    const packets: ReturnType<typeof parsePacket>[] = [];
    rig.part.onVsync = (): void => {
      rig.part.onVsync = undefined;
      for (let i = 0; i < 140; i++) packets.push(parsePacket(rig.clockBytes(PACKET)));
    };
    rig.clock.advance(20_000);
    // 61 packets, then discards until, 9.5 ms of bus time later, the next segment begins.
    const next = Math.ceil(PERIOD / (PACKET * 0.5));
    const numbers = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
    expect(packets.slice(0, 61).map((p) => p.number)).toEqual(numbers(61));
    expect(packets.slice(61, next).every((p) => p.discard)).toBe(true);
    expect(packets.slice(next).map((p) => p.number)).toEqual(numbers(140 - next));
  });
});

test("MISO reads zeros while the part is off, in reset or booting", () => {
  const rig = new Rig();
  const zeros = (): boolean => rig.clockBytes(PACKET).every((b) => b === 0);
  expect(zeros()).toBe(true);
  rig.part.power(true);
  rig.clock.advance(500_000);
  expect(zeros()).toBe(true);
  rig.clock.advance(500_000);
  expect(zeros()).toBe(false);
  rig.part.reset(true);
  expect(zeros()).toBe(true);
});

test("the first valid segment is sent within 1.2 s of reset", () => {
  const rig = new Rig().boot();
  rig.set(0x4855, [5, 0]);
  rig.packets = 60;
  rig.reading = true;
  while (!rig.segments.some((s) => s.number > 0)) rig.clock.advance(1000);
  expect(rig.clock.now()).toBeLessThan(1_200_000);
});
