// SPDX-License-Identifier: Apache-2.0

/** Lines that set the file of the costs that follow: of a function, of code inlined into it, and of the function again. */
const FILE = /^f[lie]=(.*)$/;
/** The cost of a line; its number may be relative. */
const COST = /^[\d+*-]\d* (\d+)$/;

/**
 * Instructions by source file, from a profile that callgrind wrote without compression and line numbers. Calls count for
 * the file of the called function.
 */
export function costsByFile(profile: string): Map<string, number> {
  const costs = new Map<string, number>();
  let file = "";
  let isCall = false;
  for (const line of profile.split("\n")) {
    const named = FILE.exec(line)?.[1];
    if (named !== undefined) file = named;
    else if (line.startsWith("calls=")) isCall = true;
    else {
      const cost = COST.exec(line)?.[1];
      if (cost === undefined) continue;
      // The line after `calls=` has the cost of the called functions.
      if (!isCall) costs.set(file, (costs.get(file) ?? 0) + Number(cost));
      isCall = false;
    }
  }
  return costs;
}
