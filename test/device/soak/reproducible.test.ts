// SPDX-License-Identifier: Apache-2.0
import { Worker } from "node:worker_threads";
import { soak, type SoakResult } from "../../soak/run";
import { randomTest } from "../random-run";

const MINUTE = 1 / 60;

const run = (seed: number, stepped: boolean, hours = 1.5 * MINUTE): Promise<SoakResult> =>
  soak({ hours, seed, startUptime: 0, year: 2026, stepped }, () => undefined);

/** The heap is measured at a moment of real time. */
const withoutHeap = (report: readonly string[]): string[] => report.filter((line) => !line.startsWith("heap, "));

/** Runs `work` beside threads that use all of this computer's processors. */
async function underLoad<T>(work: () => Promise<T>): Promise<T> {
  const busy = Array.from({ length: 3 }, () => new Worker("for (;;);", { eval: true }));
  try {
    return await work();
  } finally {
    await Promise.all(busy.map((worker) => worker.terminate()));
  }
}

const firstRuns = new Map<number, Promise<SoakResult>>();

/** The stepped run that others are compared with. */
function firstRun(seed: number): Promise<SoakResult> {
  const first = firstRuns.get(seed) ?? run(seed, true);
  firstRuns.set(seed, first);
  return first;
}

async function expectSame(seed: number, other: SoakResult): Promise<void> {
  const first = await firstRun(seed);
  if (other.record.length > 0) expect(other.record).toEqual(first.record);
  expect(withoutHeap(other.report)).toEqual(withoutHeap(first.report));
  expect(other.digest).toBe(first.digest);
}

const SEEDS = [7];

randomTest(
  "a soak of seed %d has events and clients, and another record than one of another seed",
  SEEDS,
  async (seed) => {
    const { violation, record, report } = await firstRun(seed);
    expect(violation).toBeUndefined();
    expect(record.length).toBeGreaterThan(300);
    for (const kind of [/^images: /, /^JPEG pictures: /, /^event /, /^update /])
      expect(report).toContainEqual(expect.stringMatching(kind));
    const other = await run(seed + 1, true, 0.1 * MINUTE);
    expect(other.record).not.toEqual(record.slice(0, other.record.length));
  },
);

randomTest("a soak of seed %d under load: the same record, and the same bytes for all clients", SEEDS, async (seed) => {
  await expectSame(seed, await underLoad(() => run(seed, true)));
});

randomTest("a soak of seed %d at full speed: the same bytes for all clients", SEEDS, async (seed) => {
  await expectSame(seed, await run(seed, false));
});
