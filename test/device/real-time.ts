// SPDX-License-Identifier: Apache-2.0
/**
 * Waits for programs that board time does not govern and that report nothing: a browser, the launcher's processes, Avahi, a
 * multicast client on a real network.
 */

/** Real milliseconds between two looks. */
const LOOK = 20;
/** Real milliseconds; ends a hung run before jest does, with a message. */
const LIMIT = 150_000;

/** Resolves after real time. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Waits for a condition. @param expected its description and @param actual the last state, for the error message */
export async function eventually(
  expected: string,
  condition: () => boolean | Promise<boolean>,
  actual: () => string = () => "",
): Promise<void> {
  for (const end = performance.now() + LIMIT; !(await condition()); await pause(LOOK))
    if (performance.now() > end) throw new Error(`not within ${LIMIT / 1_000} s: ${expected}; ${actual()}`);
}
