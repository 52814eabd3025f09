// SPDX-License-Identifier: Apache-2.0
/**
 * `npm test`: runs every test, then lists the skipped ones with their reasons and prints one closing line. Skipped tests are also
 * recorded in build/skipped.json. Arguments go to jest: `npm test -- test/unit/protocol` runs only matching tests and no native ones.
 * `npm test -- --only-skipped FILE` runs the tests recorded in such a file.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { buildFirmware, buildRunner } from "./build";
import { type Count, type JestReport, readJest, readNative, selection, type Skip } from "./test-results";

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

function native(goals: string[] = []): void {
  console.log("native tests (C, ASan + UBSan)");
  const run = spawnSync("make", ["-s", "-C", "test/native", ...goals], { cwd: root, encoding: "utf8" });
  process.stdout.write(run.stdout);
  process.stderr.write(run.stderr);
  add(readNative(run.stdout, run.status));
}

function jest(part: "unit" | "device", selected: string[], only?: Skip[]): void {
  const report = join(root, "build", `jest-${part}.json`);
  const reasons = join(root, "build", `skipped-${part}.jsonl`);
  for (const file of [report, reasons]) rmSync(file, { force: true });
  const options = ["--selectProjects", part, "--json", "--outputFile", report, "--passWithNoTests"];
  if (part === "device") options.push("--runInBand");
  const run = spawnSync(process.execPath, [join(root, "node_modules/jest/bin/jest.js"), ...options, ...selected], {
    cwd: root,
    stdio: ["ignore", "ignore", "inherit"],
    env: { ...process.env, TCAM_SKIPPED: reasons },
  });
  const result = readReport(report);
  const count = result && readJest(result, part, root, readReasons(reasons), only);
  if (!count || (run.status !== 0 && count.failed === 0)) add({ passed: 0, failed: 1, skipped: [] });
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

function runSkipped(list: Skip[]): void {
  const of = (part: Skip["part"]): Skip[] => list.filter((one) => one.part === part);
  const goals = [...new Set(of("native").map(({ file }) => file))];
  if (goals.length > 0) native(goals);
  for (const part of ["unit", "device"] as const) if (of(part).length > 0) jest(part, selection(of(part)), of(part));
}

async function main(parameters: string[]): Promise<void> {
  const only =
    parameters[0] === "--only-skipped" ? (JSON.parse(readFileSync(parameters[1] ?? "", "utf8")) as Skip[]) : undefined;
  await buildFirmware();
  await buildRunner({ variant: "release" });
  if (only) runSkipped(only);
  else {
    if (parameters.length === 0) native();
    jest("unit", parameters);
    jest("device", parameters);
  }
  writeFileSync(skippedFile, `${JSON.stringify(total.skipped, null, 2)}\n`);
  for (const reason of new Set(total.skipped.map((one) => one.reason))) {
    console.log(`skipped: ${reason}`);
    for (const one of total.skipped) if (one.reason === reason) console.log(`  ${one.test}`);
  }
  console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped.length} skipped`);
  process.exitCode = total.failed === 0 && total.passed > 0 ? 0 : 1;
}

mkdirSync(join(root, "build"), { recursive: true });
void main(process.argv.slice(2));
