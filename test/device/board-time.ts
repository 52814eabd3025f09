// SPDX-License-Identifier: Apache-2.0
/**
 * Waits of device tests: for events, with limits in board time. A computer that is slow or busy does not end them. When a wait is
 * over, board time stands still for a turn of the event loop, so the test continues at the board time of the event.
 * The timeout of jest (test/timeout.ts) is the only limit in real time.
 */
import type { VirtualCamera } from "../../simulator/board/virtual-camera";

/** Default limit of a wait, in milliseconds of board time. */
export const LIMIT = 120_000;
/** Timeout of calls whose limit is in board time, in real milliseconds: jest's timeout comes first. */
export const NEVER = 2 ** 31 - 1;
/** Milliseconds of board time between two looks at a condition. */
const LOOK = 20;

/** Board time in milliseconds. */
export function boardTime({ board }: VirtualCamera): number {
  return board.clock.now() / 1_000;
}

/** Calls `work` after so many milliseconds of board time. @returns a function that prevents it */
export function later({ board }: VirtualCamera, ms: number, work: () => void): () => void {
  const { clock, pacer } = board;
  pacer.sync();
  const alarm = clock.alarm(clock.now() + Math.round(ms * 1_000), work);
  return () => clock.cancel(alarm);
}

/** Resolves after so many milliseconds of board time. */
export function pass(camera: VirtualCamera, ms: number): Promise<void> {
  return new Promise((resolve) => {
    later(camera, ms, () => {
      camera.board.pacer.react();
      resolve();
    });
  });
}

/**
 * Waits for a condition.
 * @param expected its description and @param actual the last state, for the error message
 * @param limit in milliseconds of board time
 */
export function until(
  camera: VirtualCamera,
  expected: string,
  condition: () => boolean,
  { actual = () => "", limit = LIMIT }: { actual?: () => string; limit?: number } = {},
): Promise<void> {
  const end = boardTime(camera) + limit;
  return new Promise((resolve, reject) => {
    const look = (): void => {
      const holds = condition();
      if (!holds && boardTime(camera) < end) return void later(camera, LOOK, look);
      camera.board.pacer.react();
      if (holds) resolve();
      else reject(new Error(`not within ${limit / 1_000} s of board time: ${expected}; ${actual()}\n${tail(camera)}`));
    };
    look();
  });
}

/** Repeats `attempt`, 20 ms apart, until it resolves with true. Limit as for `until`. */
export async function untilAnswered(
  camera: VirtualCamera,
  expected: string,
  attempt: () => Promise<boolean>,
): Promise<void> {
  for (const end = boardTime(camera) + LIMIT; !(await attempt()); await pass(camera, LOOK))
    if (boardTime(camera) > end)
      throw new Error(`not within ${LIMIT / 1_000} s of board time: ${expected}\n${tail(camera)}`);
}

/**
 * Settles as `promise` does, or rejects after a time without `restart`.
 * @param what the thing waited for, for the error message
 * @param limit in milliseconds of board time
 */
export function within<T>(
  camera: VirtualCamera,
  what: () => string,
  work: (restart: () => void) => Promise<T>,
  limit = LIMIT,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const over = (): void =>
      reject(new Error(`not within ${limit / 1_000} s of board time: ${what()}\n${tail(camera)}`));
    let cancel = later(camera, limit, over);
    const restart = (): void => {
      cancel();
      cancel = later(camera, limit, over);
    };
    work(restart)
      .finally(() => {
        cancel();
        camera.board.pacer.react();
      })
      .then(resolve, reject);
  });
}

function tail({ log }: VirtualCamera): string {
  const lines = log.slice(-25).map(({ part, text }) => `  ${part}: ${text}`);
  return `the log ends with\n${lines.join("\n")}`;
}
