// SPDX-License-Identifier: Apache-2.0
/**
 * `npm test`: every test, one after another, with one closing line. Arguments go to jest:
 * `npm test -- test/unit/protocol` runs only what matches (and then no native tests).
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { buildFirmware, buildHost } from "./build";

interface Count {
  passed: number;
  failed: number;
  skipped: number;
}

const root = join(__dirname, "..");
const arguments_ = process.argv.slice(2);
const total: Count = { passed: 0, failed: 0, skipped: 0 };

function add(count: Count): void {
  total.passed += count.passed;
  total.failed += count.failed;
  total.skipped += count.skipped;
}

/** The native tests print `N passed, N failed` a program; a make that fails without such a line is one failure. */
function native(): void {
  console.log("native tests (C, ASan + UBSan)");
  const run = spawnSync("make", ["-s", "-C", "test/native"], { cwd: root, encoding: "utf8" });
  process.stdout.write(run.stdout);
  process.stderr.write(run.stderr);
  const count = { passed: 0, failed: 0, skipped: 0 };
  for (const line of run.stdout.matchAll(/^(?:\w+: )?(\d+) passed, (\d+) failed$/gm)) {
    count.passed += Number(line[1]);
    count.failed += Number(line[2]);
  }
  if (run.status !== 0 && count.failed === 0) count.failed = 1;
  add(count);
}

function jest(project: string): void {
  const report = join(root, "build", `jest-${project}.json`);
  mkdirSync(join(root, "build"), { recursive: true });
  rmSync(report, { force: true });
  const options = ["--selectProjects", project, "--json", "--outputFile", report, "--passWithNoTests"];
  if (project === "device") options.push("--runInBand");
  const run = spawnSync(process.execPath, [join(root, "node_modules/jest/bin/jest.js"), ...options, ...arguments_], {
    cwd: root,
    stdio: ["ignore", "ignore", "inherit"],
  });
  const result = readReport(report);
  if (!result || (run.status !== 0 && result.failed === 0)) add({ passed: 0, failed: 1, skipped: 0 });
  if (result) add(result);
}

function readReport(path: string): Count | undefined {
  try {
    const report = JSON.parse(readFileSync(path, "utf8")) as {
      numPassedTests: number;
      numFailedTests: number;
      numPendingTests: number;
      numRuntimeErrorTestSuites: number;
    };
    return {
      passed: report.numPassedTests,
      failed: report.numFailedTests + report.numRuntimeErrorTestSuites,
      skipped: report.numPendingTests,
    };
  } catch {
    return undefined;
  }
}

async function main(): Promise<void> {
  await buildFirmware();
  await buildHost({ variant: "release" });
  if (arguments_.length === 0) native();
  jest("unit");
  jest("device");
  console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
  process.exitCode = total.failed === 0 && total.passed > 0 ? 0 : 1;
}

void main();
