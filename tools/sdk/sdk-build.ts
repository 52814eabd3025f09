// SPDX-License-Identifier: Apache-2.0
/** Builds the firmware with an installed Moddable SDK. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join, relative, resolve } from "node:path";
import * as ts from "typescript";
import { DEFAULT_BOARD } from "../boards";
import { buildPage } from "../page";
import { writeSettings } from "./sdkconfig";

/** The SDK's simulator, or a board with an ESP32. */
export type Target = "lin" | { readonly board: string };

/** A failed step: one line, and the tools' output. */
export class SdkError extends Error {
  constructor(
    message: string,
    readonly details = "",
  ) {
    super(message);
  }
}

const root = resolve(__dirname, "../..");

export interface Sdk {
  /** The SDK's folder. */
  readonly moddable: string;
  readonly environment: NodeJS.ProcessEnv;
  /** Output folder. */
  readonly output: string;
  /** The program to build. */
  readonly program: Program;
  /** For `lin`: a build for xsbug. */
  readonly debug?: boolean;
}

export type Program = "firmware" | "self-test" | { readonly example: string };

/** @throws SdkError if MODDABLE is no SDK with built tools */
export function openSdk(moddable: string): Sdk {
  const tools = join(moddable, "build/bin/lin/release");
  if (!existsSync(join(tools, "mcconfig")))
    throw new SdkError(`no mcconfig in ${tools}: the SDK's tools are not built`);
  const path = [tools, join(root, "node_modules/.bin"), process.env.PATH].join(delimiter);
  return {
    moddable,
    environment: { ...process.env, MODDABLE: moddable, PATH: path },
    output: join(root, "build/sdk"),
    program: "firmware",
  };
}

/** @returns the program's output and error output @throws SdkError */
export function run(program: string, args: string[], environment: NodeJS.ProcessEnv, cwd = root): string {
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    cwd,
    env: environment,
    encoding: "utf8",
    maxBuffer: 64 << 20,
  });
  const said = `${stdout ?? ""}${stderr ?? ""}`;
  if (error || status !== 0) throw new SdkError(`${program} failed`, said || String(error));
  return said;
}

/** mcconfig's default is the default board; any other is a subplatform, named by its folder. */
function subplatform(board: string, none: string, prefix: string): string {
  return board === DEFAULT_BOARD ? none : `${prefix}${board}`;
}

/** mcconfig names its output after the folder of the manifest. */
function nameOf(program: Program): string {
  if (program === "firmware") return "tcam-mini";
  return program === "self-test" ? program : program.example;
}

function manifestOf(program: Program): string {
  const folder = program === "firmware" ? "" : program === "self-test" ? program : `examples/${program.example}`;
  return join(root, folder, "manifest.json");
}

/** Folders of a target's build. */
export function folders({ output, program, debug }: Sdk, target: Target): { temporary: string; products: string } {
  const path =
    target === "lin"
      ? `lin/mc/${debug ? "debug" : "release"}`
      : `${subplatform(target.board, "esp32", "esp32/")}/release`;
  const name = nameOf(program);
  return { temporary: join(output, "tmp", path, name), products: join(output, "bin", path, name) };
}

/**
 * Builds the firmware's web page. Runs mcconfig, which writes the makefile, and compiles all TypeScript in one run: the
 * makefile runs tsc once for each file. Options, type check and output files are the same, so make finds them up to date.
 * @returns names of the modules in TypeScript. @throws SdkError
 */
export function configure(sdk: Sdk, target: Target): string[] {
  if (sdk.program === "firmware") buildPage();
  const application = join(sdk.output, nameOf(sdk.program));
  mkdirSync(application, { recursive: true });
  writeFileSync(join(application, "manifest.json"), JSON.stringify({ include: [manifestOf(sdk.program)] }));
  if (target !== "lin") writeSettings(target.board);
  const platform = target === "lin" ? "lin" : subplatform(target.board, "esp32", "esp32:./boards/");
  const options = [...(sdk.debug ? ["-d"] : []), "-p", platform, "-t", "build", "-o", sdk.output];
  const modules = join(folders(sdk, target).temporary, "modules");
  // One for each module; mcconfig leaves those of removed modules.
  for (const file of configurations(modules)) rmSync(join(modules, file));
  run("mcconfig", [...options, join(application, "manifest.json")], sdk.environment);
  return compile(modules);
}

interface FileConfiguration {
  compilerOptions: { outDir: string };
  files: [string];
}

const CONFIGURATION = "-tsconfig.json";

function configurations(modules: string): string[] {
  if (!existsSync(modules)) return [];
  return readdirSync(modules, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(CONFIGURATION));
}

function compile(modules: string): string[] {
  const names = configurations(modules);
  const each = names.map((file) => JSON.parse(readFileSync(join(modules, file), "utf8")) as FileConfiguration);
  const { config } = ts.readConfigFile(join(modules, "tsconfig-base.json"), (file) => ts.sys.readFile(file)) as {
    config: object;
  };
  const files = each.map(({ files: [file] }) => file);
  const parsed = ts.parseJsonConfigFileContent({ ...config, files }, ts.sys, modules);
  const program = ts.createProgram(files, parsed.options);
  const diagnostics = [...parsed.errors, ...ts.getPreEmitDiagnostics(program)];
  if (diagnostics.length) {
    const host = { getCanonicalFileName: String, getCurrentDirectory: () => root, getNewLine: () => "\n" };
    throw new SdkError("the firmware does not compile with the SDK", ts.formatDiagnostics(diagnostics, host));
  }
  for (const {
    files: [file],
    compilerOptions,
  } of each) {
    const base = join(compilerOptions.outDir, file.replace(/\.ts$/, ""));
    mkdirSync(dirname(base), { recursive: true });
    program.emit(program.getSourceFile(file), (written, text) => {
      if (written.endsWith(".map")) writeFileSync(`${base}.js.map`, placeMap(text, base, file));
      else writeFileSync(`${base}.js`, text);
    });
  }
  return names.map((file) => file.slice(0, -CONFIGURATION.length)).sort();
}

/** A source map names its source relative to itself. */
function placeMap(text: string, base: string, source: string): string {
  return JSON.stringify({ ...(JSON.parse(text) as object), sources: [relative(dirname(base), source)] });
}

/** Runs make for targets of the makefile that `configure` wrote. @returns the tools' output */
export function make(sdk: Sdk, target: Target, targets: string[]): string {
  return run("make", ["-f", join(folders(sdk, target).temporary, "makefile"), ...targets], sdk.environment);
}

/** Builds the firmware for the SDK's simulator, and the program that runs it without a display. @returns its command line */
export function buildHeadless(sdk: Sdk): { command: string[]; said: string } {
  configure(sdk, "lin");
  const said = make(sdk, "lin", ["build"]);
  const program = join(sdk.output, "headless");
  const glib = run("pkg-config", ["--cflags", "--libs", "glib-2.0"], sdk.environment).trim().split(/\s+/);
  const source = join(root, "platforms/linux/sdk/headless.c");
  const include = `-I${join(sdk.moddable, "build/simulators/modules")}`;
  run("cc", ["-O2", "-Wall", "-Wextra", "-Werror", source, include, ...glib, "-ldl", "-o", program], sdk.environment);
  return { command: [program, join(folders(sdk, "lin").products, "mc.so")], said };
}

/** Compiles the descriptions of devices for mcsim. @returns their folder, the one that platforms/linux/sdk/manifest.json names */
export function buildSimulators(): string {
  const sources = join(root, "platforms/linux/sdk/simulators");
  const folder = join(root, "build/mcsim/simulators");
  const names = readdirSync(sources).filter((name) => name.endsWith(".ts") && !name.endsWith(".d.ts"));
  const options = ["--format=esm", "--target=es2022", "--charset=utf8", `--outdir=${folder}`];
  run(join(root, "node_modules/.bin/esbuild"), [...names.map((name) => join(sources, name)), ...options], process.env);
  return folder;
}
