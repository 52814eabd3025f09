// SPDX-License-Identifier: Apache-2.0
/** The fuzzers of test/fuzz: how each is built, started and read. */
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { buildRunner, moduleMap, runnerProgram, writeModuleMap } from "./build";
import { FUZZER_FLAGS, type ToolName } from "./optional-tools";

/** When a fuzzer ends. */
export interface Limits {
  /** Seconds; undefined: no limit. */
  seconds?: number | undefined;
  /** Executions: inputs, or messages. */
  runs?: number | undefined;
  /** Of the random numbers, for fuzzers in TypeScript. */
  seed: number;
}

export interface Target {
  name: string;
  /** The optional tool it needs. */
  tool: ToolName;
  /** Variables of its environment that have another default. */
  environment: Record<string, string>;
  /** @returns the command line */
  command(limits: Limits): string[];
  /** Reads the number of executions from its output. */
  executions(output: string): number;
  /** @returns the command that repeats the failure with this output */
  repetition(output: string, limits: Limits): string;
}

const root = join(__dirname, "..");
const folder = join(root, "test/fuzz");
const nativeFolder = "build/fuzz-native";
/** Inputs that failed, relative to the root. */
export const findings = "build/fuzz-findings";
/** Folder of the inputs of a native target that cover more than those in test/fuzz/corpus. */
const found = (name: string): string => `build/fuzz-corpus/${name}`;
/** Length limit of an input, for targets where a longer one covers nothing new. */
const longest: Record<string, number> = {
  assembler: 40,
  reader: 512,
  "binary-image": 200,
  encoder: 128,
  framer: 500,
  "frame-formats": 64,
  "http-head": 6000,
  "image-check": 400,
  "websocket-frames": 500,
};

function native(name: string): Target {
  return {
    name,
    tool: "fuzzer",
    // Targets free what they allocate, and the code under test allocates nothing: a long quarantine only costs time.
    environment: { ASAN_OPTIONS: "quarantine_size_mb=4:malloc_context_size=0" },
    command: ({ seconds, runs }) => {
      const options = ["-timeout=20", "-rss_limit_mb=1024", "-print_final_stats=1"];
      if (longest[name]) options.push(`-max_len=${longest[name]}`);
      if (seconds !== undefined) options.push(`-max_total_time=${seconds}`);
      if (runs !== undefined) options.push(`-runs=${runs}`);
      options.push(`-artifact_prefix=${findings}/${name}-`, found(name), `test/fuzz/corpus/${name}`);
      return [`${nativeFolder}/${name}`, ...options];
    },
    executions: (output) => Number(/number_of_executed_units:\s*(\d+)/.exec(output)?.[1] ?? 0),
    repetition: (output) =>
      `${nativeFolder}/${name} ${/Test unit written to (\S+)/.exec(output)?.[1] ?? `${findings}/${name}-*`}`,
  };
}

function onXS(name: string): Target {
  return {
    name,
    tool: "asan",
    environment: {},
    command: ({ seconds, runs, seed }) => {
      const options = [`seed=${seed}`];
      if (seconds !== undefined) options.push(`seconds=${seconds}`);
      if (runs !== undefined) options.push(`messages=${runs}`);
      const config = options.flatMap((option) => ["--config", option]);
      return [runnerProgram("asan"), "--root", "build/fuzz", "--map", moduleMap, ...config, `test/fuzz/${name}`];
    },
    executions: messages,
    // Up to a failure the same happens each time. What is checked at the end depends on the number of messages.
    repetition: (output, { seconds, runs, seed }) => {
      const count = messages(output) || runs;
      const limit = count === undefined ? `--seconds ${2 * (seconds ?? 0)}` : `--runs ${count}`;
      return `npm run fuzz -- --seed ${seed} ${limit} ${name}`;
    },
  };
}

function messages(output: string): number {
  return Number(/^messages (\d+)/m.exec(output)?.[1] ?? 0);
}

/** The targets with these names; all if there are none. */
export function targets(names: readonly string[]): Target[] {
  const files = readdirSync(folder).filter((file) => file.endsWith(".c") || file.endsWith("-fuzz.ts"));
  const list = files
    .sort()
    .map((file) => (file.endsWith(".c") ? native(basename(file, ".c")) : onXS(basename(file, ".ts"))));
  return list.filter(({ name }) => !names.length || names.includes(name));
}

/** Runs a command. @throws Error with its output if it fails */
function runTool(command: string, parameters: string[]): void {
  const run = spawnSync(command, parameters, { cwd: root, encoding: "utf8" });
  if (run.status !== 0) throw new Error(`${command} failed:\n${run.stdout}${run.stderr}`);
}

/** Builds the targets, `jobs` compilers at a time. */
export async function buildTargets(list: readonly Target[], jobs: number): Promise<void> {
  const natives = list.filter(({ tool }) => tool === "fuzzer").map(({ name }) => name);
  for (const name of natives) mkdirSync(join(root, found(name)), { recursive: true });
  if (natives.length > 0) {
    const flags = `FUZZER=${FUZZER_FLAGS.join(" ")}`;
    runTool("make", ["-s", `-j${jobs}`, "-f", "test/fuzz/Makefile", flags, ...natives]);
  }
  if (natives.length === list.length) return;
  await buildRunner({ variant: "asan" });
  writeModuleMap();
  runTool(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", "test/fuzz/tsconfig.json"]);
}
