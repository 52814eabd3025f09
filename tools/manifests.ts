// SPDX-License-Identifier: Apache-2.0
/**
 * The module graph as mcconfig reads it from the manifests, without the SDK. Everything else that resolves the firmware's
 * specifiers (the engine runner's module map, jest, TypeScript's `paths`) is derived from it.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, dirname, extname, join, relative, resolve } from "node:path";

export type Platform = "esp32" | "lin";

interface Block {
  build?: Record<string, string>;
  include?: string | string[];
  modules?: Record<string, string | string[]>;
  preload?: string | string[];
  typescript?: { tsconfig: { compilerOptions: { types?: string[] } } };
  error?: string;
}

export interface Manifest extends Block {
  platforms?: Record<string, Block>;
}

/** A reference in a manifest: which one, and the path below the root. References to the SDK's files are left out. */
export interface Reference {
  readonly manifest: string;
  readonly path: string;
}

export interface Program {
  readonly manifests: string[];
  /** Specifier to TypeScript or JavaScript file, below the root. */
  readonly modules: Map<string, string>;
  /** Entries that name such files: specifier and paths below the root, as written, with at most one `*` each. */
  readonly patterns: Map<string, string[]>;
  /** Specifiers that the SDK's own files stand for. */
  readonly sdkModules: Set<string>;
  readonly natives: string[];
  readonly preloads: Set<string>;
  readonly references: Reference[];
}

export const root = resolve(__dirname, "..");

const list = (value: string | string[] | undefined): string[] => (value === undefined ? [] : [value].flat());
const isSdk = (path: string): boolean => path.startsWith("$(");
const scripts = [".ts", ".js"];

export function readManifest(path: string): Manifest {
  return JSON.parse(readFileSync(join(root, path), "utf8")) as Manifest;
}

/** Reads a manifest and all it includes for a platform. */
export function readProgram(platform: Platform, path = "manifest.json"): Program {
  const program: Program = {
    manifests: [],
    modules: new Map(),
    patterns: new Map(),
    sdkModules: new Set(),
    natives: [],
    preloads: new Set(),
    references: [],
  };
  addManifest(program, path, platform);
  return program;
}

function addManifest(program: Program, path: string, platform: Platform): void {
  if (program.manifests.includes(path)) return;
  program.manifests.push(path);
  const manifest = readManifest(path);
  const { platforms = {} } = manifest;
  for (const block of [manifest, platforms[platform] ?? platforms["..."] ?? {}]) {
    if (block.error) throw new Error(`${path}: ${block.error}`);
    addBlock(program, path, block, platform);
  }
}

function addBlock(program: Program, manifest: string, block: Block, platform: Platform): void {
  const below = (path: string): string => join(dirname(manifest), path);
  const refer = (path: string): void => void program.references.push({ manifest, path });
  for (const path of list(block.include).filter((path) => !isSdk(path))) {
    refer(below(path));
    addManifest(program, below(path), platform);
  }
  for (const path of Object.values(block.build ?? {})) if (path.startsWith("./")) refer(below(path));
  for (const path of block.typescript?.tsconfig.compilerOptions.types ?? []) refer(`${below(path)}.d.ts`);
  for (const [specifier, sources] of Object.entries(block.modules ?? {})) {
    for (const source of list(sources)) {
      if (isSdk(source)) program.sdkModules.add(specifier);
      else addModule(program, manifest, specifier, below(source));
    }
  }
  for (const specifier of list(block.preload)) program.preloads.add(specifier);
}

function addModule(program: Program, manifest: string, specifier: string, source: string): void {
  const folder = join(root, dirname(source));
  const wanted = basename(source);
  const files = existsSync(folder) ? readdirSync(folder) : [];
  const found = files.filter((file) => {
    const extension = extname(file);
    if (![...scripts, ".c"].includes(extension)) return false;
    return wanted === "*" || file === `${wanted}.d.ts` || file.slice(0, -extension.length) === wanted;
  });
  if (!found.length) program.references.push({ manifest, path: source });
  if (found.some((file) => scripts.includes(extname(file)) && !file.endsWith(".d.ts")))
    program.patterns.set(specifier, [...(program.patterns.get(specifier) ?? []), source]);
  for (const file of found) {
    const path = relative(root, join(folder, file));
    if (file.endsWith(".d.ts")) continue; // types only
    if (file.endsWith(".c")) program.natives.push(path);
    else program.modules.set(specifier.replace("*", file.slice(0, -extname(file).length)), path);
  }
}

/** The self-test's manifest: a second firmware, whose modules are beside those of the camera. */
export const SELF_TEST = "self-test/manifest.json";

/**
 * The firmware on the engine runner: the SDK's `lin` platform, and the runner's modules for what the SDK brings there.
 * The specifier `main` is the camera's.
 */
export function readLinux(): Pick<Program, "modules" | "patterns"> {
  const selfTest = readProgram("lin", SELF_TEST);
  const firmware = readProgram("lin");
  const runner = readProgram("lin", "platforms/linux/xs/manifest.json");
  return {
    modules: new Map([...selfTest.modules, ...firmware.modules, ...runner.modules]),
    patterns: new Map([...selfTest.patterns, ...firmware.patterns, ...runner.patterns]),
  };
}

const stem = (path: string): string => path.slice(0, -extname(path).length);

/** Lines `specifier=path` of the engine runner's `--map`: each specifier that is not its file's path below the root. */
export function moduleMap(): string {
  const lines = [...readLinux().modules].map(([specifier, path]) => [specifier, stem(path)] as const);
  return lines
    .filter(([specifier, path]) => specifier !== path)
    .map(([specifier, path]) => `${specifier}=${path}\n`)
    .join("");
}

const escape = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

/** jest's moduleNameMapper for the firmware on Linux. Libraries are left to Node's resolution. */
export function jestMapper(): Record<string, string[]> {
  const entries = [...readLinux().patterns].flatMap(([specifier, sources]) => {
    const own = sources.filter((source) => !source.startsWith("node_modules/"));
    if (specifier === "*" || own.length === 0) return [];
    const targets = own.map((source) => `<rootDir>/${source.replace("*", "$1")}`);
    return [[`^${escape(specifier).replace("\\*", "(.*)")}$`, targets] as const];
  });
  return Object.fromEntries(entries);
}

/** Specifiers that typings/ declares: TypeScript takes their types from there, whatever stands for them on a platform. */
function declared(): Set<string> {
  const files = readdirSync(join(root, "typings"), { recursive: true, encoding: "utf8" });
  const texts = files
    .filter((file) => file.endsWith(".d.ts"))
    .map((file) => readFileSync(join(root, "typings", file), "utf8"));
  return new Set(
    texts.flatMap((text) => [...text.matchAll(/^declare module "([^"]+)"/gm)].map(([, name]) => name ?? "")),
  );
}

/** TypeScript's `paths` for the firmware and its self-test. */
export function typescriptPaths(): Record<string, string[]> {
  const ambient = declared();
  const programs = [readProgram("lin"), readProgram("lin", SELF_TEST)];
  const patterns = new Map(programs.flatMap((program) => [...program.patterns]));
  const entries = [...patterns].filter(
    ([specifier, sources]) =>
      specifier !== "*" && !ambient.has(specifier) && !sources.some((source) => source.startsWith("node_modules/")),
  );
  return Object.fromEntries(entries.map(([specifier, sources]) => [specifier, sources.map((source) => `./${source}`)]));
}
