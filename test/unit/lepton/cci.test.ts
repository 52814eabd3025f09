// SPDX-License-Identifier: Apache-2.0
import { CCI } from "drivers/lepton/cci";
import { Commands } from "drivers/lepton/commands";
import { CCIAborted, CCIBusError, CCITimeout, LeptonError, Result } from "drivers/lepton/errors";
import { FakeLepton } from "../fakes/fake-lepton";
import { VirtualTimers } from "../fakes/virtual-timers";

function setUp(): { timers: VirtualTimers; lepton: FakeLepton; cci: CCI } {
  const timers = new VirtualTimers();
  const lepton = new FakeLepton(timers);
  const cci = new CCI({ sensor: { data: 23, clock: 22, hz: 100_000, io: lepton.io }, timers });
  return { timers, lepton, cci };
}

test("simultaneous operations run one after another, in order", async () => {
  const { timers, lepton, cci } = setUp();
  const all = Promise.all([
    cci.set(Commands.AGC_ENABLE, [1, 0]),
    cci.get(Commands.AGC_ENABLE),
    cci.run(Commands.SYS_PING),
    cci.get(Commands.RAD_SPOTMETER_ROI),
  ]);
  expect(await timers.settle(all)).toEqual([
    undefined,
    new Uint16Array([1, 0]),
    undefined,
    new Uint16Array([59, 79, 60, 80]),
  ]);
  expect(lepton.commands).toEqual([0x0101, 0x0100, 0x0202, 0x4ecc]);
  expect(lepton.violations).toEqual([]);
});

test("a rejection is a LeptonError with command, expected and actual result", async () => {
  const { timers, lepton, cci } = setUp();
  lepton.refuse.set(0x4ec1, Result.RANGE_ERROR);
  const error: unknown = await timers.settle(cci.set(Commands.RAD_TLINEAR_ENABLE, [7, 0]).catch((e: unknown) => e));
  expect(error).toBeInstanceOf(LeptonError);
  expect(error).toMatchObject({
    command: 0x4ec1,
    result: Result.RANGE_ERROR,
    message: "CCI SET RAD TLinear enable (0x4EC1): expected 0 (OK), got -3 (RANGE_ERROR)",
  });
});

test("a raw write returns the Lepton's rejection in its status and does not throw", async () => {
  const { timers, cci } = setUp();
  expect(await timers.settle(cci.write(0x7001, [1]))).toEqual({ status: 0xf906, data: new Uint16Array(0) });
});

test("D18: waiting for ready before a command ends after 1 s", async () => {
  const { timers, lepton, cci } = setUp();
  lepton.stuck = true;
  const error: unknown = await timers.settle(cci.get(Commands.AGC_ENABLE).catch((e: unknown) => e));
  expect(error).toBeInstanceOf(CCITimeout);
  expect((error as Error).message).toContain("not ready 1000 ms before it: expected STATUS xxxxx110, got 0x0007");
  expect(timers.now()).toBeGreaterThanOrEqual(1000);
  expect(timers.now()).toBeLessThanOrEqual(1005);
  expect(lepton.commands).toEqual([]);
});

test("D18: waiting for the end of a command ends after 5 s", async () => {
  const { timers, lepton, cci } = setUp();
  lepton.latency = Infinity;
  const error: unknown = await timers.settle(cci.get(Commands.AGC_ENABLE).catch((e: unknown) => e));
  expect(error).toBeInstanceOf(CCITimeout);
  expect((error as Error).message).toContain("5000 ms after it");
  expect(timers.now()).toBeLessThanOrEqual(5006);
});

test.each([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])(
  "D18: whichever transaction fails (number %i), the operations after it run",
  async (count) => {
    const { timers, lepton, cci } = setUp();
    let left = count;
    const io = lepton.io;
    const failing = new CCI({
      sensor: {
        data: 23,
        clock: 22,
        hz: 100_000,
        io: class extends io {
          #transact<T>(transaction: () => T): T {
            left -= 1;
            if (left <= 0 && left > -3) throw new Error("bus error");
            return transaction();
          }
          override read(n: number): ArrayBuffer {
            return this.#transact(() => super.read(n));
          }
          override write(bytes: Uint8Array): void {
            this.#transact(() => super.write(bytes));
          }
        },
      },
      timers,
    });
    cci.close();
    const first = failing.get(Commands.AGC_ENABLE).then(
      () => "done",
      (error: unknown) => (error instanceof CCIBusError ? "bus error" : error),
    );
    const second = failing.get(Commands.RAD_SPOTMETER_ROI);
    expect(await timers.settle(second)).toEqual(new Uint16Array([59, 79, 60, 80]));
    expect(["done", "bus error"]).toContain(await first);
    expect(lepton.violations).toEqual([]);
  },
);

test("a single NACK fails nothing, except at the COMMAND write", async () => {
  const { timers, lepton, cci } = setUp();
  lepton.nacks = 2;
  expect(await timers.settle(cci.get(Commands.AGC_ENABLE))).toEqual(new Uint16Array([0, 0]));
});

test("a command that was not acknowledged is not repeated: the Lepton may be executing it", async () => {
  const { timers, lepton, cci } = setUp();
  const io = lepton.io;
  const words: number[] = [];
  const noisy = new CCI({
    sensor: {
      data: 23,
      clock: 22,
      hz: 100_000,
      io: class extends io {
        override write(bytes: Uint8Array): void {
          super.write(bytes);
          if (bytes[1] !== 0x04) return;
          words.push((bytes[2] ?? 0) * 256 + (bytes[3] ?? 0));
          throw new Error("arbitration lost");
        }
      },
    },
    timers,
  });
  await expect(timers.settle(noisy.run(Commands.SYS_FFC))).rejects.toThrow(
    "CCI RUN SYS run FFC (0x0242): COMMAND write failed: arbitration lost",
  );
  expect(words).toEqual([0x0242]);
  cci.close();
});

test("an absent Lepton is an error after three attempts of the first transaction", async () => {
  const { timers, lepton, cci } = setUp();
  lepton.absent = true;
  const error: unknown = await timers.settle(cci.run(Commands.SYS_PING).catch((e: unknown) => e));
  expect(error).toBeInstanceOf(CCIBusError);
  expect((error as Error).message).toBe("CCI RUN SYS ping (0x0202): read failed: no acknowledge");
  expect(lepton.transactions).toHaveLength(3);
});

test("STATUS is polled every 1 to 5 ms", async () => {
  const { timers, lepton, cci } = setUp();
  lepton.latency = 100;
  await timers.settle(cci.run(Commands.SYS_PING));
  const polls = lepton.transactions.length / 2;
  expect(polls).toBeGreaterThan(100 / 5);
  expect(polls).toBeLessThan(100 / 5 + 8);
});

test("512 words are read and written in transactions of at most 32 bytes", async () => {
  const { timers, lepton, cci } = setUp();
  const words = Uint16Array.from({ length: 512 }, (_, i) => 65535 - i);
  expect((await timers.settle(cci.read(0x0308, 512))).data).toEqual(new Uint16Array(512).fill(0x1234));
  await timers.settle(cci.write(0x0309, words));
  expect(lepton.attribute(0x0308)).toEqual([...words]);
  expect(Math.max(...lepton.transactions)).toBe(32);
});

test("the event loop runs between the transactions of a long transfer", async () => {
  const timers = new VirtualTimers();
  const lepton = new FakeLepton(timers);
  let turn = 0;
  const bytesOfTurn = new Map<number, number>();
  const counting = {
    now: () => timers.now(),
    set: (callback: () => void, delay: number) =>
      timers.set(() => {
        turn += 1;
        callback();
      }, delay),
    repeat: (callback: () => void, interval: number) => timers.repeat(callback, interval),
    clear: (timer: object | undefined) => timers.clear(timer),
  };
  const io = lepton.io;
  const count = (bytes: number): unknown => bytesOfTurn.set(turn, (bytesOfTurn.get(turn) ?? 0) + bytes);
  const cci = new CCI({
    sensor: {
      data: 23,
      clock: 22,
      hz: 100_000,
      io: class extends io {
        override read(n: number): ArrayBuffer {
          count(n);
          return super.read(n);
        }
        override write(bytes: Uint8Array): void {
          count(bytes.length);
          super.write(bytes);
        }
      },
    },
    timers: counting,
  });
  await timers.settle(cci.read(0x0308, 512));
  await timers.settle(cci.write(0x0309, new Uint16Array(512)));
  // One piece of 34 bytes, or the end of an operation and the beginning of the next.
  expect(Math.max(...bytesOfTurn.values())).toBeLessThanOrEqual(64);
  expect(bytesOfTurn.size).toBeGreaterThan(32 + 64);
});

test.each([0, -1, 1.5, 513, NaN])("D17: a read of %p words is rejected and does not reach the bus", async (length) => {
  const { timers, lepton, cci } = setUp();
  await expect(timers.settle(cci.read(0x0308, length))).rejects.toThrow(RangeError);
  expect(lepton.transactions).toEqual([]);
});

test("D17: a write of 513 words is rejected and does not reach the bus", async () => {
  const { timers, lepton, cci } = setUp();
  await expect(timers.settle(cci.write(0x0309, new Uint16Array(513)))).rejects.toThrow(RangeError);
  expect(lepton.transactions).toEqual([]);
});

test("hold aborts running operations and keeps the bus unused until resume", async () => {
  const { timers, lepton, cci } = setUp();
  lepton.latency = 1000;
  const running = cci.run(Commands.SYS_FFC).catch((e: unknown) => e);
  const waiting = cci.get(Commands.AGC_ENABLE).catch((e: unknown) => e);
  await timers.advance(100);
  cci.hold("the Lepton is being reset");
  const count = lepton.transactions.length;
  const later = cci.get(Commands.AGC_ENABLE).catch((e: unknown) => e);
  await timers.advance(2000);
  for (const error of [await running, await waiting, await later]) {
    expect(error).toBeInstanceOf(CCIAborted);
    expect((error as Error).message).toContain("the Lepton is being reset");
  }
  expect(lepton.transactions).toHaveLength(count);
  cci.resume();
  expect(await timers.settle(cci.get(Commands.AGC_ENABLE))).toEqual(new Uint16Array([0, 0]));
});

test("an operation aborted by hold does not continue after resume", async () => {
  const { timers, lepton, cci } = setUp();
  lepton.latency = 1000;
  const running = cci.run(Commands.SYS_FFC).catch((e: unknown) => e);
  await timers.advance(1);
  cci.hold("reset");
  cci.resume();
  expect(await timers.settle(running)).toBeInstanceOf(CCIAborted);
});

test("close aborts all operations, and can be called twice", async () => {
  const { timers, lepton, cci } = setUp();
  const running = cci.run(Commands.SYS_FFC).catch((e: unknown) => e);
  cci.close();
  cci.close();
  cci.resume();
  expect(lepton.closed).toBe(1);
  expect(await timers.settle(running)).toBeInstanceOf(CCIAborted);
  await expect(cci.run(Commands.SYS_PING)).rejects.toThrow("the driver was closed");
});

test("the I2C instance gets the sensor's connection and the Lepton's address", () => {
  const timers = new VirtualTimers();
  let options: unknown;
  const io = class {
    constructor(o: unknown) {
      options = o;
    }
    read(): ArrayBuffer {
      return new ArrayBuffer(0);
    }
    write(): void {}
    close(): void {}
  };
  new CCI({ sensor: { data: 23, clock: 22, hz: 100_000, port: 1, io }, timers });
  expect(options).toMatchObject({ data: 23, clock: 22, hz: 100_000, port: 1, address: 0x2a, timeout: 100 });
});
