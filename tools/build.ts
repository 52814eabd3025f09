// SPDX-License-Identifier: Apache-2.0

/**
 * Builds what runs on Linux: the firmware's TypeScript (tsc, to build/firmware), the camera's web page (tools/page.ts)
 * and the engine runner with all C natives (make, to build/runner/<variant>). Each builds only what changed. Builds may
 * run at the same time.
 *
 *   tsx tools/build.ts [release|asan|m32 ...]
 */
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { statSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { BuildError } from "./build-error";
import { moduleMap as renderModuleMap, readLinux } from "./manifests";
import { buildPage } from "./page";
import { canRun } from "./programs";

export type Variant = "release" | "asan" | "m32";

export interface BuildOptions {
  /** Takes progress messages, one line each; default: stdout. */
  log?: (line: string) => void;
}

export interface RunnerOptions extends BuildOptions {
  variant?: Variant;
  /** Folder of the engine's sources, relative to the root. */
  engine?: string;
}

export interface FirmwareResult {
  /** No type errors. Output is written in any case. */
  ok: boolean;
  /** tsc's messages. */
  messages: string;
}

export { BuildError };

const root = dirname(__dirname);
const engineFolder = "node_modules/@agoric/xsnap/moddable/xs";
const firmware = join(root, "build/firmware");
const stage = join(root, "build/.firmware");
const sources = [
  "boards",
  "drivers",
  "examples",
  "modules",
  "platforms/common",
  "platforms/linux",
  "self-test",
  "typings",
];
const configurations = ["main.ts", "manifest.json", "tsconfig.json", "node_modules/.package-lock.json"];
/** Modules that manifests take from npm packages are copied unchanged below this folder. */
const libraryFolder = "node_modules/";

/** The folder of compiled modules: the runner's `--root`. */
export const firmwareRoot = firmware;
/** The runner's `--map`, written from the manifests. */
export const moduleMap = join(root, "build/modules.map");

/** Path of a variant's engine runner, built or not. */
export function runnerProgram(variant: Variant = "release"): string {
  return join(root, "build/runner", variant, "xs-runner");
}

/** Runs `work` while holding the build lock `name`. The kernel releases the lock if this process dies. */
async function locked<T>(name: string, log: (line: string) => void, work: () => Promise<T>): Promise<T> {
  if (!canRun("flock")) throw new BuildError("flock is needed to build (package util-linux)");
  mkdirSync(join(root, "build"), { recursive: true });
  const holder = spawn("flock", [join(root, "build", `.${name}.lock`), "sh", "-c", "echo; cat >/dev/null"], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const waiting = setTimeout(() => log(`Waiting for another build of the ${name} to end...`), 1000);
  try {
    await new Promise<void>((resolve, reject) => {
      holder.stdout.once("data", () => resolve());
      holder.once("error", reject);
      holder.once("exit", () => reject(new BuildError("the build lock was lost")));
    });
    clearTimeout(waiting);
    return await work();
  } finally {
    clearTimeout(waiting);
    // Released before returning: a caller that blocks its event loop afterwards must not hold the lock.
    const ended = new Promise((resolve) => holder.once("close", resolve));
    holder.stdin.end();
    if (holder.pid !== undefined && holder.exitCode === null) await ended;
  }
}

interface Run {
  status: number;
  output: string;
}

function run(program: string, args: string[], line?: (line: string) => void): Promise<Run> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    let rest = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      if (!line) {
        output += text;
        return;
      }
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      lines.forEach(line);
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => (output += text));
    child.once("error", reject);
    child.once("close", (status) => resolve({ status: status ?? 1, output }));
  });
}

// The engine runner

/** Progress: one updated line on a terminal; elsewhere only the first and the last. */
function engineProgress(log: (line: string) => void, total: number) {
  const terminal = process.stdout.isTTY;
  let done = 0;
  return {
    compiled(): void {
      if (done++ === 0) log(`Compiling the XS engine, ${total} files (once; about half a minute)...`);
      if (terminal) process.stdout.write(`\r  ${done}/${total}`);
    },
    end(): void {
      if (done && terminal) process.stdout.write("\r\x1b[K");
      if (done) log("The XS engine is compiled.");
    },
  };
}

function checkTools(engine: string): void {
  if (!existsSync(join(root, engine, "sources/xsAll.h"))) {
    throw new BuildError(`the XS engine's sources are missing (${engine}): run npm install`);
  }
  if (!canRun("make")) throw new BuildError("make is needed to build the engine runner (apt install make)");
  const compiler = process.env.CC ?? "cc";
  if (!existsSync(compiler) && !canRun(compiler)) {
    throw new BuildError(
      `a C compiler is needed to build the engine runner: there is no ${compiler} (apt install gcc)`,
    );
  }
}

/**
 * Builds the web page and the engine runner of a variant: `release`, `asan` (AddressSanitizer and UBSan) or `m32` (32 bits, the ESP32's slots).
 * @returns its path. @throws BuildError
 */
export async function buildRunner(options: RunnerOptions = {}): Promise<string> {
  const { variant = "release", engine = engineFolder, log = console.log } = options;
  checkTools(engine);
  buildPage();
  return locked(`xs-runner-${variant}`, log, async () => {
    const files = readdirSync(join(root, engine, "sources")).filter((name) => name.endsWith(".c")).length;
    const progress = engineProgress(log, files);
    let natives = 0;
    const args = ["-s", "-j2", "-f", "platforms/linux/xs/Makefile", `VARIANT=${variant}`, `ENGINE=${engine}`];
    const { status, output } = await run("make", args, (line) => {
      if (line.startsWith("engine ")) progress.compiled();
      else if (line.startsWith("native ") && natives++ === 0)
        log(`Compiling natives and engine runner (${variant})...`);
    });
    progress.end();
    if (status !== 0) {
      const hint = variant === "m32" ? "; it needs the 32-bit C library (apt install gcc-multilib)" : "";
      throw new BuildError(`the engine runner (${variant}) does not build${hint}`, output);
    }
    if (output) log(output.trimEnd());
    return runnerProgram(variant);
  });
}

// The firmware

function walk(folder: string, wanted: (name: string) => boolean): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter(wanted)
    .sort()
    .map((name) => join(folder, name));
}

function fingerprint(): string {
  const hash = createHash("sha256");
  const files = sources.flatMap((folder) => walk(join(root, folder), (name) => /\.ts$|manifest\.json$/.test(name)));
  for (const file of [...configurations.map((name) => join(root, name)), ...files, __filename]) {
    const found = statSync(file, { throwIfNoEntry: false });
    hash.update(`${file}\0${found ? `${found.size} ${found.mtimeMs}` : "none"}\n`);
  }
  return hash.digest("hex");
}

const isOutput = (name: string): boolean => name.endsWith(".js") || name.endsWith(".js.map");

const isLibrary = (name: string): boolean => name.startsWith(libraryFolder);

/** Copies the libraries' modules next to tsc's output. */
function stageLibraries(): void {
  for (const path of [...readLinux().modules.values()].filter(isLibrary)) {
    mkdirSync(dirname(join(stage, path)), { recursive: true });
    copyFileSync(join(root, path), join(stage, path));
  }
}

/** Writes the runner's `--map` and renames it: a runner may be reading it. */
export function writeModuleMap(): void {
  const text = renderModuleMap();
  if (existsSync(moduleMap) && readFileSync(moduleMap, "utf8") === text) return;
  mkdirSync(dirname(moduleMap), { recursive: true });
  writeFileSync(`${moduleMap}.new`, text);
  renameSync(`${moduleMap}.new`, moduleMap);
}

/** Moves tsc's output to the runner's root. Each file is replaced atomically: a camera that starts meanwhile reads whole modules. */
function publish(): void {
  for (const file of walk(stage, isOutput)) {
    const name = relative(stage, file);
    if (!isLibrary(name) && !existsSync(join(root, name.replace(/\.js(\.map)?$/, ".ts")))) {
      rmSync(file); // its source is gone
      continue;
    }
    const target = join(firmware, name);
    const content = readFileSync(file);
    if (existsSync(target) && readFileSync(target).equals(content)) continue;
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(`${target}.new`, content);
    renameSync(`${target}.new`, target);
  }
  for (const file of walk(firmware, isOutput)) {
    if (!existsSync(join(stage, relative(firmware, file)))) rmSync(file);
  }
}

function remembered(now: string): FirmwareResult | undefined {
  try {
    const { fingerprint: then, ok, messages } = JSON.parse(readFileSync(join(stage, "result.json"), "utf8"));
    return then === now ? { ok, messages } : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Compiles the firmware to build/firmware. Type errors are logged; the output is written in any case.
 * @throws BuildError when TypeScript is not installed.
 */
export async function buildFirmware({ log = console.log }: BuildOptions = {}): Promise<FirmwareResult> {
  const compiler = join(root, "node_modules/typescript/bin/tsc");
  if (!existsSync(compiler)) throw new BuildError("TypeScript is missing: run npm install");
  return locked("firmware", log, async () => {
    mkdirSync(stage, { recursive: true });
    writeModuleMap();
    const now = fingerprint();
    let result = remembered(now);
    if (!result) {
      log("Compiling the firmware...");
      const state = ["--incremental", "--tsBuildInfoFile", join(stage, "tsbuildinfo.json")];
      const { status, output } = await run(process.execPath, [
        ...[compiler, "-p", "tsconfig.json", "--outDir", stage, "--noEmitOnError", "false", "--pretty", "false"],
        ...state,
      ]);
      result = { ok: status === 0, messages: output.trimEnd() };
      stageLibraries();
      publish();
      writeFileSync(join(stage, "result.json"), JSON.stringify({ fingerprint: now, ...result }));
    }
    if (!result.ok) log(`${result.messages}\nThe firmware has type errors.`);
    return result;
  });
}

/** C functions that compiled modules name in native() and Native() and the runner lacks; the SDK's linker would report them. */
function missingNatives(variant: Variant = "release"): string[] {
  const symbols = spawnSync("nm", ["-D", "--defined-only", runnerProgram(variant)], { encoding: "utf8" });
  if (symbols.status !== 0)
    throw new BuildError("the engine runner's symbols cannot be read: nm is needed (package binutils)", symbols.stderr);
  const defined = new Set(symbols.stdout.split("\n").map((line) => line.split(" ")[2]));
  const missing = new Set<string>();
  // The classes of the ESP32 and of the SDK's simulator are compiled only for their types.
  for (const file of walk(firmware, (name) => name.endsWith(".js") && !/(^|\/)(esp32|linux\/sdk)\//.test(name))) {
    for (const [, name] of readFileSync(file, "utf8").matchAll(/\b[nN]ative\("([^"]+)"\)/g)) {
      if (name && !defined.has(name)) missing.add(`${name} (${relative(firmware, file)})`);
    }
  }
  return [...missing];
}

async function main(variants: string[]): Promise<void> {
  const known = (name: string): name is Variant => ["release", "asan", "m32"].includes(name);
  if (!variants.every(known)) throw new BuildError("usage: build.ts [release|asan|m32 ...]");
  const { ok } = await buildFirmware();
  const wanted: Variant[] = variants.length ? variants : ["release"];
  for (const variant of wanted) {
    await buildRunner({ variant });
    const missing = missingNatives(variant);
    if (missing.length) throw new BuildError(`C functions that the firmware names do not exist: ${missing.join(", ")}`);
  }
  if (!ok) process.exitCode = 1;
  else console.log("Built.");
}

if (require.main === module) {
  main(process.argv.slice(2)).catch((error: unknown) => {
    if (!(error instanceof BuildError)) throw error;
    if (error.details) console.error(error.details.trimEnd());
    console.error(`build: ${error.message}`);
    process.exitCode = 1;
  });
}
