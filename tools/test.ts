// SPDX-License-Identifier: Apache-2.0
/**
 * `npm test`: runs every test, native ones beside the others, then lists the skipped ones with their reasons and prints one closing
 * line. Skipped tests are also recorded in build/skipped.json.
 * Arguments go to jest: `npm test -- test/unit/protocol` runs only matching tests and no native ones.
 * `npm test -- --only-skipped FILE` runs the tests recorded in such a file.
 */
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { buildFirmware, buildRunner } from "./build";
import { type Count, type JestReport, nothingRan, readJest, readNative, selection, type Skip } from "./test-results";

interface Reason {
  test: string;
  reason: string;
}

const root = join(__dirname, "..");
const skippedFile = join(root, "build/skipped.json");
const total: Count = { passed: 0, failed: 0, skipped: [] };

function add(count: Count): void {
  total.passed += count.passed;
  total.failed += count.failed;
  total.skipped.push(...count.skipped);
}

interface Ended {
  output: string;
  status: number | null;
}

/** Runs a command to its end; its stderr is this program's. */
function run(command: string[], environment: NodeJS.ProcessEnv, stdout: "pipe" | "ignore"): Promise<Ended> {
  const [program = "", ...parameters] = command;
  return new Promise((resolve, reject) => {
    const child = spawn(program, parameters, {
      cwd: root,
      env: { ...process.env, ...environment },
      stdio: ["ignore", stdout, "inherit"],
    });
    let output = "";
    child.stdout?.setEncoding("utf8").on("data", (text: string) => (output += text));
    child.once("error", reject);
    child.once("close", (status) => resolve({ output, status }));
  });
}

/** Prints its output at its end, in one piece: jest reports at the same time. */
async function native(goals: string[] = []): Promise<void> {
  const { output, status } = await run(["make", "-s", "-C", "test/native", ...goals], {}, "pipe");
  process.stdout.write(`native tests (C, ASan + UBSan)\n${output}`);
  add(readNative(output, status));
}

async function jest(selected: string[], only?: Skip[]): Promise<void> {
  const report = join(root, "build/jest.json");
  const reasons = join(root, "build/skipped.jsonl");
  for (const file of [report, reasons]) rmSync(file, { force: true });
  const options = ["--json", "--outputFile", report, "--passWithNoTests"];
  const program = [process.execPath, join(root, "node_modules/jest/bin/jest.js")];
  const { status } = await run([...program, ...options, ...selected], { TCAM_SKIPPED: reasons }, "ignore");
  const result = readReport(report);
  const count = result && readJest(result, root, readReasons(reasons), only);
  if (!count || (status !== 0 && count.failed === 0)) add({ passed: 0, failed: 1, skipped: [] });
  if (!count) return;
  add(count);
  for (const { file, test } of count.absent) console.log(`not found: ${file}: ${test}`);
}

function readReport(path: string): JestReport | undefined {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as JestReport;
  } catch {
    return undefined;
  }
}

/** Reads the reasons that test/device/skipped.ts wrote, by title of the test. */
function readReasons(path: string): Map<string, string> {
  const text = existsSync(path) ? readFileSync(path, "utf8") : "";
  const lines = text.split("\n").filter(Boolean);
  return new Map(lines.map((line) => JSON.parse(line) as Reason).map(({ test, reason }) => [test, reason]));
}

async function runSkipped(list: Skip[]): Promise<void> {
  const goals = [...new Set(list.filter(({ part }) => part === "native").map(({ file }) => file))];
  const tests = list.filter(({ part }) => part !== "native");
  await Promise.all([goals.length > 0 && native(goals), tests.length > 0 && jest(selection(tests), tests)]);
}

async function main(parameters: string[]): Promise<void> {
  const only =
    parameters[0] === "--only-skipped" ? (JSON.parse(readFileSync(parameters[1] ?? "", "utf8")) as Skip[]) : undefined;
  await buildFirmware();
  await buildRunner({ variant: "release" });
  if (only) await runSkipped(only);
  else await Promise.all([parameters.length === 0 && native(), jest(parameters)]);
  writeFileSync(skippedFile, `${JSON.stringify(total.skipped, null, 2)}\n`);
  for (const reason of new Set(total.skipped.map((one) => one.reason))) {
    console.log(`skipped: ${reason}`);
    for (const one of total.skipped) if (one.reason === reason) console.log(`  ${one.test}`);
  }
  const nothing = nothingRan(total, parameters);
  if (nothing !== undefined) console.log(nothing);
  console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped.length} skipped`);
  process.exitCode = total.failed === 0 && total.passed > 0 ? 0 : 1;
}

mkdirSync(join(root, "build"), { recursive: true });
void main(process.argv.slice(2));
