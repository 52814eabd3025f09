// SPDX-License-Identifier: Apache-2.0
/** Tests that a seed decides: the same seed is the same run. */
import { relative } from "node:path";

/** Replaces the seeds of all such tests. */
const { TCAM_SEED } = process.env;

/**
 * Runs `work` with each seed, or only with the one in `TCAM_SEED`. A failure names its seed and the command that repeats it.
 * @param name contains `%d` for the seed
 */
export function randomTest(name: string, seeds: readonly number[], work: (seed: number) => Promise<void>): void {
  test.each(TCAM_SEED === undefined ? seeds : [Number(TCAM_SEED)])(name, async (seed) => {
    try {
      await work(seed);
    } catch (error) {
      if (error instanceof Error) error.message = `seed ${seed}; to repeat it: ${command(seed)}\n${error.message}`;
      throw error;
    }
  });
}

function command(seed: number): string {
  const file = relative(process.cwd(), expect.getState().testPath ?? "");
  return `TCAM_SEED=${seed} npm run test:device -- --testPathPatterns ${file}`;
}
