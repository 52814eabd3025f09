// SPDX-License-Identifier: Apache-2.0
/** Counts the results of native tests and jest for `npm test`. */
import { relative } from "node:path";

export interface Count {
  passed: number;
  failed: number;
  skipped: Skip[];
}

/** A skipped test, with what is needed to run it alone later. */
export interface Skip {
  part: "native" | "unit" | "device";
  /** Path from the root of the repository; for a native test its make goal. */
  file: string;
  test: string;
  reason: string;
}

/** The used part of jest's `--json` output. */
export interface JestReport {
  numRuntimeErrorTestSuites: number;
  testResults: { name: string; assertionResults: { fullName: string; title: string; status: string }[] }[];
}

/**
 * @param output of `make -C test/native`: a line `N passed, N failed` from each program, optionally after a word and a colon, and a line
 * `skipped: GOAL: TEST: REASON` for each skipped part
 * @param status exit code; counts as one failure if it is not 0 and no test failed
 */
export function readNative(output: string, status: number | null): Count {
  const count: Count = { passed: 0, failed: 0, skipped: [] };
  for (const line of output.matchAll(/^(?:[\w-]+: )?(\d+) passed, (\d+) failed$/gm)) {
    count.passed += Number(line[1]);
    count.failed += Number(line[2]);
  }
  for (const [, file = "", test = "", reason = ""] of output.matchAll(/^skipped: ([\w-]+): (.+?): (.*)$/gm))
    count.skipped.push({ part: "native", file, test, reason });
  if (status !== 0 && count.failed === 0) count.failed = 1;
  return count;
}

/**
 * Counts the results of unit and device tests.
 * @param reasons by title of the test
 * @param only the selected tests: others are not counted, and a selected test that does not exist counts as failed
 */
export function readJest(
  report: JestReport,
  root: string,
  reasons: ReadonlyMap<string, string>,
  only?: readonly Skip[],
): Count & { absent: Skip[] } {
  const count: Count = { passed: 0, failed: report.numRuntimeErrorTestSuites, skipped: [] };
  const found = new Set<Skip>();
  for (const { name, assertionResults } of report.testResults) {
    const file = relative(root, name);
    const part = file.startsWith("test/unit/") ? "unit" : "device";
    for (const { fullName, title, status } of assertionResults) {
      const wanted = only?.find((one) => one.file === file && fullName.startsWith(one.test));
      if (only && !wanted) continue;
      if (wanted) found.add(wanted);
      if (status === "passed") count.passed += 1;
      else if (status === "failed") count.failed += 1;
      else count.skipped.push({ part, file, test: fullName, reason: reasons.get(title) ?? "no reason given" });
    }
  }
  const absent = (only ?? []).filter((one) => !found.has(one));
  return { ...count, failed: count.failed + absent.length, absent };
}

/** Jest options that select tests by file and by the start of their full names. */
export function selection(skips: readonly Skip[]): string[] {
  const escape = (text: string): string => text.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");
  const files = [...new Set(skips.map(({ file }) => `${escape(file)}$`))];
  return ["--testNamePattern", `^(${skips.map(({ test }) => escape(test)).join("|")})`, "--testPathPatterns", ...files];
}

/** One line for arguments that select nothing; undefined after a run. */
export function nothingRan({ passed, failed, skipped }: Count, selected: readonly string[]): string | undefined {
  if (passed + failed + skipped.length > 0) return undefined;
  return `No test matches ${selected.join(" ")}: name a file or folder of test/unit or test/device, or a part of its path.`;
}
