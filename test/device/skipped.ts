// SPDX-License-Identifier: Apache-2.0
import { appendFileSync } from "node:fs";
import { isRequired, missing, type ToolName } from "../../tools/optional-tools";

/**
 * Skips a test and reports the reason: to the file named by `npm test` for its summary, otherwise to stderr. Not to the console:
 * jest does not print the console of a file with only skipped tests.
 */
export function skipTest(name: string, reason: string): void {
  const { TCAM_SKIPPED } = process.env;
  if (TCAM_SKIPPED) appendFileSync(TCAM_SKIPPED, `${JSON.stringify({ test: name, reason })}\n`);
  else process.stderr.write(`skipped: ${name}: ${reason}\n`);
  test.skip(name, () => undefined);
}

/** Returns `test` for tests with an optional tool: without the tool they are skipped, or fail if it is required. */
export function testWith(tool: ToolName): (name: string, work: () => Promise<void>) => void {
  return (name, work) => {
    const reason = missing(tool);
    if (reason === undefined) test(name, work);
    else if (!isRequired(tool)) skipTest(name, reason);
    else
      test(name, () => {
        throw new Error(reason);
      });
  };
}
