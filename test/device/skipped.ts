// SPDX-License-Identifier: Apache-2.0
/** Says why a test is skipped: directly, for of a file in which every test is skipped jest shows nothing, its console neither. */
export function tellSkipped(name: string, reason: string): void {
  process.stderr.write(`skipped: "${name}": ${reason}\n`);
}
