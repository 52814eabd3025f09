// SPDX-License-Identifier: Apache-2.0

/** Prints a figure and its ratio to a goal: `name  figure  (goal …: ratio)`. */
export function figure(name: string, value: number, unit: string, goal?: { text: string; ratio: number }): void {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  const suffix = goal ? `  (goal ${goal.text}: ${goal.ratio.toFixed(2)} of it)` : "";
  console.log(`  ${name.padEnd(58)} ${value.toFixed(digits).padStart(10)} ${unit}${suffix}`);
}

export function heading(text: string): void {
  console.log(`\n${text}`);
}

export function percentile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? NaN;
}
