// SPDX-License-Identifier: Apache-2.0
import { SlotWriter } from "modules/update/slot-writer";
import { VirtualTimers } from "../fakes/virtual-timers";
import { NorFlash } from "./rig";

const BLOCK = 65_536;
const CHUNK = 8192;

/** A slot and capture whose operations take the time of a real flash, and record what happens in which order. */
class Bench {
  readonly timers = new VirtualTimers();
  readonly flash: NorFlash;
  readonly events: string[] = [];
  /** Beginnings of the pauses. */
  readonly pauses: number[] = [];
  paused = false;
  /** Milliseconds of an erase, a write and of the wait for a pause. */
  eraseTime = 250;
  writeTime = 22;
  frameTime = 0;
  eraseError: Error | undefined;
  #ending: (() => void)[] = [];
  readonly writer: SlotWriter;

  constructor(size = 0x200000) {
    this.flash = new NorFlash(size);
    this.flash.held = 1;
    const slot = {
      size,
      erase: (offset: number, length: number) =>
        this.#take(this.eraseTime, `erase ${offset} ${length}`, async () => {
          if (this.eraseError) throw this.eraseError;
          await this.flash.erase(offset, length);
        }),
      write: (bytes: Uint8Array, offset: number) =>
        this.#take(this.writeTime, `write ${offset}`, () => this.flash.write(bytes, offset)),
      close: () => {
        this.events.push("close");
        this.flash.close();
        for (const end of this.#ending.splice(0)) end();
      },
    };
    const video = {
      pauseVideo: async () => {
        this.paused = true;
        await this.#take(this.frameTime, "pause", () => Promise.resolve());
        this.pauses.push(this.timers.now());
      },
      resumeVideo: () => {
        this.events.push("resume");
        this.paused = false;
        for (const end of this.#ending.splice(0)) end();
      },
    };
    this.writer = new SlotWriter(slot, video, this.timers);
  }

  /** Takes `ms`, or until resume or close ends it. */
  async #take(ms: number, event: string, work: () => Promise<void>): Promise<void> {
    this.events.push(event);
    await new Promise<void>((resolve) => {
      const timer = this.timers.set(resolve, ms);
      this.#ending.push(() => {
        this.timers.clear(timer);
        resolve();
      });
    });
    await work();
  }

  chunk(index: number): Promise<void> {
    return this.timers.settle(this.writer.write(new Uint8Array(CHUNK).fill(index), index * CHUNK));
  }
}

test("each block of 64 KB is erased in a pause, and chunks are written when the video goes on", async () => {
  const bench = new Bench();
  for (let index = 0; index < 10; index++) await bench.chunk(index);
  const writes = (from: number, to: number): string[] =>
    Array.from({ length: to - from }, (_, i) => `write ${(from + i) * CHUNK}`);
  expect(bench.events).toEqual([
    ...["pause", `erase 0 ${BLOCK}`, "resume", ...writes(0, 8)],
    ...["pause", `erase ${BLOCK} ${BLOCK}`, "resume", ...writes(8, 10)],
  ]);
  for (let index = 0; index < 10; index++) expect(bench.flash.bytes[index * CHUNK + 1]).toBe(index);
});

test.each([
  [250, 2],
  [390, 3],
])("with erases of %d ms, each pause has five frames for each of the %d that it costs", async (eraseTime, frames) => {
  const bench = new Bench();
  bench.eraseTime = eraseTime;
  for (let index = 0; index < 80; index++) {
    bench.frameTime = (index * 37) % 114;
    await bench.chunk(index);
  }
  expect(bench.pauses).toHaveLength(10);
  const gaps = bench.pauses.slice(1).map((time, i) => time - (bench.pauses[i] ?? 0));
  expect(Math.min(...gaps)).toBeGreaterThan(frames * 5 * 114 - 115);
  expect(gaps.reduce((a, b) => a + b) / gaps.length).toBeGreaterThan(frames * 5 * 114);
});

test("a slot that is no multiple of 64 KB is erased to its end and not beyond", async () => {
  const bench = new Bench(CHUNK);
  await bench.chunk(0);
  expect(bench.events[1]).toBe(`erase 0 ${CHUNK}`);
});

test("an erase that fails ends the pause", async () => {
  const bench = new Bench();
  bench.eraseError = new Error("flash error");
  await expect(bench.chunk(0)).rejects.toThrow("flash error");
  expect(bench.events).toEqual(["pause", `erase 0 ${BLOCK}`, "resume"]);
});

test.each([0, 50, 200])(
  "closed %d ms after a chunk came, the video goes on and nothing more is written",
  async (ms) => {
    const bench = new Bench();
    bench.frameTime = 100;
    const write = bench.writer.write(new Uint8Array(CHUNK), 0).catch(String);
    await bench.timers.advance(ms);
    bench.writer.close();
    bench.writer.close();
    expect(bench.paused).toBe(false);
    expect(bench.events.filter((event) => event === "close")).toHaveLength(1);
    await bench.timers.advance(1000);
    expect(await write).toMatch(/closed/);
    expect(bench.paused).toBe(false);
    expect(bench.events.some((event) => event.startsWith("write"))).toBe(false);
  },
);

test("closed while it waits for the next pause, no pause begins", async () => {
  const bench = new Bench();
  for (let index = 0; index < 8; index++) await bench.chunk(index);
  const write = bench.writer.write(new Uint8Array(CHUNK), BLOCK).catch(String);
  await bench.timers.advance(10);
  bench.writer.close();
  await bench.timers.advance(5000);
  expect(await write).toMatch(/closed/);
  expect(bench.pauses).toHaveLength(1);
});

test("nothing is written beyond the slot", async () => {
  const bench = new Bench(CHUNK);
  await expect(bench.writer.write(new Uint8Array(8196), 0)).rejects.toThrow("byte 8196 is beyond the slot's 8192");
  await expect(bench.writer.write(new Uint8Array(4), CHUNK)).rejects.toThrow(RangeError);
  expect(bench.events).toEqual([]);
});

test("the fake flash is NOR: programming cannot set a bit", async () => {
  const flash = new NorFlash(8192);
  flash.held = 1;
  await flash.erase(0, 4096);
  await flash.write(Uint8Array.of(0x0f), 0);
  await flash.write(Uint8Array.of(0xf0), 0);
  expect(flash.bytes[0]).toBe(0);
});
