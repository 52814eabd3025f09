// SPDX-License-Identifier: Apache-2.0

/** The results of the checks: one line each, `PASS|FAIL|SKIP name: value (expected)`. */
export class Report {
  private readonly write: (line: string) => void;
  private readonly counts = { PASS: 0, FAIL: 0, SKIP: 0 };

  /** @param write receives one complete line, newline included */
  constructor(write: (line: string) => void) {
    this.write = write;
  }

  get failed(): boolean {
    return this.counts.FAIL > 0;
  }

  /** A check with a result. @returns `passed` */
  result(name: string, passed: boolean, value: string, expected: string): boolean {
    this.line(passed ? "PASS" : "FAIL", `${name}: ${value} (${expected})`);
    return passed;
  }

  /** A check that cannot be made. @returns false */
  skip(name: string, reason: string): false {
    this.line("SKIP", `${name}: ${reason}`);
    return false;
  }

  /** Makes a check that may throw: an exception is its failure. @returns the result of `check`, or false */
  async attempt(name: string, expected: string, check: () => boolean | Promise<boolean>): Promise<boolean> {
    try {
      return await check();
    } catch (error) {
      return this.result(name, false, error instanceof Error ? error.message : String(error), expected);
    }
  }

  /** A line that is no result. */
  note(text: string): void {
    this.write(`${text}\n`);
  }

  /** The last line. */
  end(): void {
    const { PASS, FAIL, SKIP } = this.counts;
    this.note(`${PASS} PASS, ${FAIL} FAIL, ${SKIP} SKIP`);
  }

  private line(outcome: "PASS" | "FAIL" | "SKIP", text: string): void {
    this.counts[outcome] += 1;
    this.note(`${outcome} ${text}`);
  }
}
