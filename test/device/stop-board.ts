// SPDX-License-Identifier: Apache-2.0
/**
 * With STOP_BOARD=SECONDS in the environment, each device test file has the process of its board stopped for so long, once in its
 * middle: the board is in jest's worker, or in the launcher that the test started. The firmware's process is not stopped. A file's
 * middle is known from the report of an earlier run, build/jest.json.
 */
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Seconds after which a file without an earlier run is stopped. */
const EARLY = 1;

/** Stops the process $1 and all that it started but engines, after $2 seconds, for $3 seconds. */
const STOP = `
family() { echo $1; for child in $(cat /proc/$1/task/*/children 2>/dev/null); do family $child; done }
sleep $2
stopped=
for id in $(family $1); do
  name=$(cat /proc/$id/comm 2>/dev/null)
  [ $id != $$ ] && [ "$name" != sh ] && [ "$name" != sleep ] && [ "$name" != xs-runner ] && kill -STOP $id 2>&- && stopped="$stopped $id"
done
sleep $3
kill -CONT $stopped 2>&-
`;

interface Report {
  readonly testResults: readonly { readonly name: string; readonly startTime: number; readonly endTime: number }[];
}

/** Seconds from the start of a test file to its middle. */
function middle(file: string): number {
  const report = join(__dirname, "../../build/jest.json");
  if (!existsSync(report)) return EARLY;
  const { testResults } = JSON.parse(readFileSync(report, "utf8")) as Report;
  const last = testResults.find(({ name }) => name === file);
  return last ? (last.endTime - last.startTime) / 2_000 : EARLY;
}

const seconds = Number(process.env.STOP_BOARD ?? 0);
if (seconds > 0) {
  const after = middle(expect.getState().testPath ?? "").toFixed(1);
  const child = spawn("sh", ["-c", STOP, "sh", String(process.pid), after, String(seconds)], { stdio: "inherit" });
  process.stderr.write(`board stopped for ${seconds} s, ${after} s after the start of ${expect.getState().testPath}\n`);
  afterAll(
    () =>
      new Promise<void>((resolve) => void (child.exitCode === null ? child.once("exit", () => resolve()) : resolve())),
  );
}
