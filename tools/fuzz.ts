// SPDX-License-Identifier: Apache-2.0
/**
 * `npm run fuzz`: runs every fuzzer for a while, two at a time. `--seconds N` each (default 60) or `--total N` shared by them, then
 * names of targets (default all).
 * Native ones (test/fuzz/NAME.c) run under libFuzzer with ASan and UBSan from the corpus in test/fuzz/corpus/NAME;
 * those in TypeScript (test/fuzz/NAME-fuzz.ts) run on the engine runner, also under ASan and UBSan.
 * Findings are stored in build/fuzz-findings; the exit status is 1 then.
 */
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { buildRunner, runnerProgram, moduleMap, writeModuleMap } from "./build";
import { FUZZER_FLAGS, type ToolName, unavailable } from "./optional-tools";

interface Target {
  name: string;
  /** The optional tool it needs. */
  tool: ToolName;
  /** Builds it. @returns the command line */
  prepare(): string[];
  /** Reads the number of executions from its output. */
  executions(output: string): number;
}

interface Outcome {
  executions: number;
  failure: string | undefined;
}

const root = join(__dirname, "..");
const folder = join(root, "test/fuzz");
const findings = join(root, "build/fuzz-findings");
const nativeFolder = join(root, "build/fuzz-native");
const AT_ONCE = 2;
/** Timeout in seconds after a target's own time is over. */
const GRACE = 60;

const includes = [
  "drivers/vospi/native",
  "modules/image/native",
  "modules/protocol/native",
  "modules/text/native",
  "modules/web/native",
  "platforms/linux/native",
  "test/native",
];
/** The portable C under test: all native code that reads bytes. */
const sources = [
  ...["crc", "assembler", "slots", "reader"].map((name) => `drivers/vospi/native/vospi-${name}.c`),
  ...["image-encoder", "frame-statistics", "lossless-encoder", "palette", "jpeg-encoder", "jpeg-marks", "frame-file"].map(
    (name) => `modules/image/native/${name}.c`,
  ),
  "modules/protocol/native/base64-codec.c",
  "modules/protocol/native/command-framer.c",
  "modules/text/native/utf8.c",
  "modules/web/native/http-head.c",
  "modules/web/native/websocket-frames.c",
  "platforms/linux/native/board-protocol.c",
];
/** Make inputs and check outputs of the targets; optimised, and not instrumented. */
const models = ["sensor-model", "frame-pictures", "jpeg-decoder", "lossless-decoder"];
/** Length limit of an input, for targets where a longer one covers nothing new. */
const longest: Record<string, number> = {
  assembler: 64,
  reader: 512,
  encoder: 128,
  "frame-formats": 64,
  "http-head": 6000,
  "websocket-frames": 500,
};

/** Runs a command. @returns its output @throws Error with its output if it fails */
function runTool(command: string, parameters: string[]): void {
  const run = spawnSync(command, parameters, { cwd: root, encoding: "utf8" });
  if (run.status !== 0) throw new Error(`${command} failed:\n${run.stdout}${run.stderr}`);
}

const PLAIN = ["-std=c11", "-g", "-Wall", "-Wextra", "-Werror", ...includes.map((path) => `-I${path}`)];
let objects: string[] | undefined;

/** Compiles what all native targets have in common, once. @returns the object files */
function common(): string[] {
  const compile = (source: string, flags: readonly string[]): string => {
    const object = join(nativeFolder, `${basename(source, ".c")}.o`);
    runTool("clang", [...PLAIN, ...flags, "-c", source, "-o", object]);
    return object;
  };
  mkdirSync(nativeFolder, { recursive: true });
  objects ??= [
    ...models.map((model) => compile(`test/native/${model}.c`, ["-O3"])),
    ...sources.map((source) => compile(source, FUZZER_FLAGS)),
  ];
  return objects;
}

function native(name: string, seconds: number): Target {
  const program = join(nativeFolder, name);
  const found = join(root, "build/fuzz-corpus", name);
  const prepare = (): string[] => {
    mkdirSync(found, { recursive: true });
    runTool("clang", [...PLAIN, ...FUZZER_FLAGS, `test/fuzz/${name}.c`, ...common(), "-lm", "-o", program]);
    const options = [`-max_total_time=${seconds}`, "-timeout=10", "-rss_limit_mb=1024", "-print_final_stats=1"];
    if (longest[name]) options.push(`-max_len=${longest[name]}`);
    return [program, ...options, `-artifact_prefix=${findings}/${name}-`, found, join(folder, "corpus", name)];
  };
  const executions = (output: string): number => Number(/number_of_executed_units:\s*(\d+)/.exec(output)?.[1] ?? 0);
  return { name, tool: "fuzzer", prepare, executions };
}

function onXS(name: string, seconds: number): Target {
  const prepare = (): string[] => {
    writeModuleMap();
    runTool(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", "test/fuzz/tsconfig.json"]);
    const config = ["--config", `seconds=${seconds}`, "--config", `seed=${Date.now() % 1_000_000_007}`];
    return [
      runnerProgram("asan"),
      "--root",
      join(root, "build/fuzz"),
      "--map",
      moduleMap,
      ...config,
      `test/fuzz/${name}`,
    ];
  };
  const executions = (output: string): number => Number(/^messages (\d+)/m.exec(output)?.[1] ?? 0);
  return { name, tool: "asan", prepare, executions };
}

/** Names of the targets. */
function targetFiles(wanted: readonly string[]): string[] {
  const files = readdirSync(folder).filter((file) => file.endsWith(".c") || file.endsWith("-fuzz.ts"));
  return files.sort().filter((file) => !wanted.length || wanted.includes(basename(basename(file, ".c"), ".ts")));
}

function target(file: string, seconds: number): Target {
  return file.endsWith(".c") ? native(basename(file, ".c"), seconds) : onXS(basename(file, ".ts"), seconds);
}

function run(command: string[], seconds: number): Promise<{ status: number | null; output: string }> {
  return new Promise((resolve) => {
    const child = spawn(command[0] as string, command.slice(1), { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    const take = (text: Buffer): void => {
      // The end of the output has the statistics or the report of a finding.
      output = (output + text.toString()).slice(-200_000);
    };
    child.stdout.on("data", take);
    child.stderr.on("data", take);
    const timer = setTimeout(() => child.kill("SIGKILL"), (seconds + GRACE) * 1000);
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

async function fuzz(target: Target, command: string[], seconds: number): Promise<Outcome> {
  const { status, output } = await run(command, seconds);
  const executions = target.executions(output);
  if (status !== 0) return { executions, failure: output.split("\n").slice(-60).join("\n") };
  return { executions, failure: executions ? undefined : `nothing was executed:\n${output.slice(-2000)}` };
}

async function fuzzAll(list: Target[], seconds: number): Promise<boolean> {
  const queue = list.map((target) => ({ target, command: target.prepare() }));
  let clean = true;
  const worker = async (): Promise<void> => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      const { executions, failure } = await fuzz(next.target, next.command, seconds);
      console.log(
        `${next.target.name}: ${executions.toLocaleString("en-US")} executions in ${seconds} s, ${failure ? "FAILED" : "no findings"}`,
      );
      if (failure) console.log(failure);
      clean &&= !failure;
    }
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
  console.error(`fuzz: ${problem}. Usage: npm run fuzz -- [--seconds N | --total N] [target ...]`);
  process.exit(2);
}

async function main(): Promise<number> {
  const parameters = process.argv.slice(2);
  const option = (name: string): number | undefined => {
    const at = parameters.indexOf(name);
    if (at < 0) return undefined;
    const seconds = Number(parameters.splice(at, 2)[1]);
    if (!Number.isInteger(seconds) || seconds < 1) usage(`${name} needs a number of seconds`);
    return seconds;
  };
  const total = option("--total");
  const each = option("--seconds") ?? 60;
  const files = targetFiles(parameters);
  if (!files.length) usage(`no target ${parameters.join(", ")}`);
  const seconds = total === undefined ? each : Math.max(1, Math.floor((total * AT_ONCE) / files.length));
  const wanted = files.map((file) => target(file, seconds));
  const list = wanted.filter(canRunHere);
  rmSync(findings, { recursive: true, force: true });
  mkdirSync(findings, { recursive: true });
  if (list.some(({ name }) => name.endsWith("-fuzz"))) await buildRunner({ variant: "asan" });
  const clean = await fuzzAll(list, seconds);
  if (!clean && existsSync(findings) && readdirSync(findings).length)
    console.log(`Inputs that failed are in build/fuzz-findings.`);
  return clean ? 0 : 1;
}

main().then(
  (status) => process.exit(status),
  (error: unknown) => {
    console.error(`fuzz: ${error instanceof Error ? error.message : String(error)}`);
    process.exit(1);
  },
);
