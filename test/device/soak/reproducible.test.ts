// SPDX-License-Identifier: Apache-2.0
import { Worker } from "node:worker_threads";
import { soak, type SoakResult } from "../../soak/run";
import { randomTest } from "../random-run";

const MINUTE = 1 / 60;

const run = (seed: number, stepped: boolean): Promise<SoakResult> =>
  soak({ hours: 2 * MINUTE, seed, startUptime: 0, year: 2026, stepped }, () => undefined);

/** The heap is measured at a moment of real time. */
const withoutHeap = (report: readonly string[]): string[] => report.filter((line) => !line.startsWith("heap, "));

/** Runs `work` beside threads that use all of this computer's processors. */
async function underLoad<T>(work: () => Promise<T>): Promise<T> {
  const busy = Array.from({ length: 6 }, () => new Worker("for (;;);", { eval: true }));
  try {
    return await work();
  } finally {
    await Promise.all(busy.map((worker) => worker.terminate()));
  }
}

randomTest(
  "a soak of seed %d: the same record, and the same bytes for all clients, twice, under load, and at full speed",
  [7],
  async (seed) => {
    const first = await run(seed, true);
    expect(first.violation).toBeUndefined();
    expect(first.record.length).toBeGreaterThan(500);
    expect(first.report).toEqual(
      expect.arrayContaining(
        [/^images: /, /^JPEG pictures: /, /^event /, /^update /].map((line) => expect.stringMatching(line) as string),
      ),
    );
    const second = await underLoad(() => run(seed, true));
    expect(second.record).toEqual(first.record);
    for (const other of [second, await run(seed, false)]) {
      expect(other.digest).toBe(first.digest);
      expect(withoutHeap(other.report)).toEqual(withoutHeap(first.report));
    }
    expect((await run(seed + 1, true)).record).not.toEqual(first.record);
  },
);
