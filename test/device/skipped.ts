// SPDX-License-Identifier: Apache-2.0
import { appendFileSync } from "node:fs";
import { isRequired, missing, type ToolName } from "../../tools/optional-tools";

/**
 * Skips a test and reports why: to the file named by `npm test` for its closing list, otherwise to stderr. Not through the console:
 * jest does not show the console of a file in which every test is skipped.
 */
export function skipTest(name: string, reason: string): void {
  const { TCAM_SKIPPED } = process.env;
  if (TCAM_SKIPPED) appendFileSync(TCAM_SKIPPED, `${JSON.stringify({ test: name, reason })}\n`);
  else process.stderr.write(`skipped: ${name}: ${reason}\n`);
  test.skip(name, () => undefined);
}

/** Returns `test` for tests that need an optional tool: skipped if it does not work here, failed if it is required. */
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
