// SPDX-License-Identifier: Apache-2.0
/**
 * `npm run fuzz`: builds the fuzzers, then runs each for a while, two at a time.
 *
 *   npm run fuzz -- [--seconds N | --total N | --runs N] [--seed N] [target ...]
 *
 * `--seconds N` each (default 60), `--total N` shared by them, or `--runs N` executions each; then names of targets (default all).
 * Native ones (test/fuzz/NAME.c) run under libFuzzer with ASan and UBSan from the corpus in test/fuzz/corpus/NAME;
 * those in TypeScript (test/fuzz/NAME-fuzz.ts) run on the engine runner, also under ASan and UBSan.
 * A failure is printed with the command that repeats it. Inputs that failed are stored in build/fuzz-findings; the exit
 * status is 1 then. Inputs that cover more are stored in build/fuzz-corpus.
 */
import { spawn } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { buildTargets, findings, targets, type Limits, type Target } from "./fuzz-targets";
import { unavailable } from "./optional-tools";

const root = join(__dirname, "..");
const AT_ONCE = 2;
/** Timeout in seconds after a target's own time is over. */
const GRACE = 60;

function run(target: Target, limits: Limits): Promise<{ status: number | null; output: string }> {
  const [program = "", ...parameters] = target.command(limits);
  return new Promise((resolve) => {
    const child = spawn(program, parameters, {
      cwd: root,
      env: { ...target.environment, ...process.env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    const take = (text: Buffer): void => {
      // The end of the output has the statistics or the report of a finding.
      output = (output + text.toString()).slice(-200_000);
    };
    child.stdout.on("data", take);
    child.stderr.on("data", take);
    const { seconds } = limits;
    const timer = seconds === undefined ? undefined : setTimeout(() => child.kill("SIGKILL"), (seconds + GRACE) * 1000);
    const end = (status: number | null): void => {
      clearTimeout(timer);
      resolve({ status, output });
    };
    child.on("error", (error) => {
      output += error.message;
      end(null);
    });
    child.on("close", end);
  });
}

/** Runs a target and prints the result. @returns whether nothing was found */
async function fuzz(target: Target, limits: Limits): Promise<boolean> {
  const started = Date.now();
  const { status, output } = await run(target, limits);
  const executions = target.executions(output);
  const clean = status === 0 && executions > 0;
  const seconds = ((Date.now() - started) / 1000).toFixed(0);
  console.log(
    `${target.name}: ${executions.toLocaleString("en-US")} executions in ${seconds} s, ${clean ? "no findings" : "FAILED"}`,
  );
  if (clean) return true;
  console.log(output.split("\n").slice(-60).join("\n"));
  console.log(`${target.name}: the same again: ${target.repetition(output, limits)}`);
  return false;
}

async function fuzzAll(list: readonly Target[], limits: Limits): Promise<boolean> {
  const queue = [...list];
  let clean = true;
  const worker = async (): Promise<void> => {
    for (let next = queue.shift(); next; next = queue.shift()) clean = (await fuzz(next, limits)) && clean;
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return clean;
}

/** Whether a target can run here; prints the reason if it cannot. */
function canRunHere({ name, tool }: Target): boolean {
  const reason = unavailable(tool);
  if (reason !== undefined) console.log(`skipped: ${name}: ${reason}`);
  return reason === undefined;
}

function usage(problem: string): never {
  console.error(
    `fuzz: ${problem}. Usage: npm run fuzz -- [--seconds N | --total N | --runs N] [--seed N] [target ...]`,
  );
  process.exit(2);
}

async function main(): Promise<number> {
  const parameters = process.argv.slice(2);
  const option = (name: string): number | undefined => {
    const at = parameters.indexOf(name);
    if (at < 0) return undefined;
    const value = Number(parameters.splice(at, 2)[1]);
    if (!Number.isInteger(value) || value < 1) usage(`${name} needs a whole number from 1 on`);
    return value;
  };
  const total = option("--total");
  const runs = option("--runs");
  const seed = option("--seed") ?? 1 + (Date.now() % 1_000_000_007);
  const each = option("--seconds") ?? (runs === undefined ? 60 : undefined);
  const wanted = targets(parameters);
  const unknown = parameters.filter((name) => !wanted.some((target) => target.name === name));
  if (unknown.length > 0) usage(`no target ${unknown.join(", ")}`);
  const seconds = total === undefined ? each : Math.max(1, Math.floor((total * AT_ONCE) / wanted.length));
  const list = wanted.filter(canRunHere);
  rmSync(join(root, findings), { recursive: true, force: true });
  mkdirSync(join(root, findings), { recursive: true });
  const started = Date.now();
  await buildTargets(list, AT_ONCE);
  console.log(`fuzz: ${list.length} targets are built (${((Date.now() - started) / 1000).toFixed(0)} s)`);
  return (await fuzzAll(list, { seconds, runs, seed })) ? 0 : 1;
}

main().then(
  (status) => process.exit(status),
  (error: unknown) => {
    console.error(`fuzz: ${error instanceof Error ? error.message : String(error)}`);
    process.exit(1);
  },
);
