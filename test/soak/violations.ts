// SPDX-License-Identifier: Apache-2.0

/** An invariant does not hold. */
export class Violation extends Error {
  constructor(
    /** Board time in milliseconds. */
    readonly board: number,
    text: string,
  ) {
    super(text);
  }
}

/** Counts of the report, by name. */
export class Counts {
  readonly #counts = new Map<string, number>();

  add(name: string, count = 1): void {
    this.#counts.set(name, this.of(name) + count);
  }

  of(name: string): number {
    return this.#counts.get(name) ?? 0;
  }

  /** One line for each name, sorted. */
  lines(): string[] {
    return [...this.#counts].sort(([a], [b]) => a.localeCompare(b)).map(([name, count]) => `${name}: ${count}`);
  }
}
