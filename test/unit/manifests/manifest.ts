// SPDX-License-Identifier: Apache-2.0
/** What mcconfig makes of the manifests, as far as it can be known without the SDK. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, dirname, extname, join, posix, relative, resolve } from "node:path";
import * as ts from "typescript";

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
  /** Specifiers that the SDK's own files stand for. */
  readonly sdkModules: Set<string>;
  readonly natives: string[];
  readonly preloads: Set<string>;
  readonly references: Reference[];
}

export const root = resolve(__dirname, "../../..");

const list = (value: string | string[] | undefined): string[] => (value === undefined ? [] : [value].flat());
const isSdk = (path: string): boolean => path.startsWith("$(");
const scripts = [".ts", ".js"];

export function readManifest(path: string): Manifest {
  return JSON.parse(readFileSync(join(root, path), "utf8")) as Manifest;
}

/** Everything the root manifest brings together for a platform. */
export function readProgram(platform: Platform): Program {
  const program: Program = {
    manifests: [],
    modules: new Map(),
    sdkModules: new Set(),
    natives: [],
    preloads: new Set(),
    references: [],
  };
  addManifest(program, "manifest.json", platform);
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
  for (const file of found) {
    const path = relative(root, join(folder, file));
    if (file.endsWith(".d.ts")) continue; // types only
    if (file.endsWith(".c")) program.natives.push(path);
    else program.modules.set(specifier.replace("*", file.slice(0, -extname(file).length)), path);
  }
}

/** Specifiers that a module really asks for when it runs, made absolute: types are gone, as after compilation. */
export function imports(specifier: string, path: string): string[] {
  const source = readFileSync(join(root, path), "utf8");
  const options = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext, removeComments: true };
  const { outputText } = ts.transpileModule(source, { compilerOptions: options });
  const asked = ts.preProcessFile(outputText, true, true).importedFiles.map(({ fileName }) => fileName);
  return asked.map((name) => {
    const absolute = name.startsWith(".") ? posix.join(posix.dirname(specifier), name) : name;
    return absolute.replace(/\.js$/, "");
  });
}
