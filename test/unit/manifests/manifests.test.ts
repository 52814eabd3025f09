// SPDX-License-Identifier: Apache-2.0
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { BOARDS, DEFAULT_BOARD } from "../../../tools/boards";
import { type Platform, readManifest, readProgram, root, SELF_TEST } from "../../../tools/manifests";
import { imports } from "./imports";

const platforms: Platform[] = ["esp32", "lin"];
const CAMERA = "manifest.json";
const programs = [CAMERA, SELF_TEST].flatMap((path) => platforms.map((platform) => [path, platform] as const));

/** The SDK's modules on every platform, through examples/manifest_base.json. */
const base = ["time", "timer"];
/** The SDK's modules on each platform, on the ESP32 through the manifests that platforms/esp32/manifest.json includes. */
const fromSdk: Record<Platform, string[]> = {
  esp32: [
    ...base,
    "embedded:io/digital",
    "embedded:io/i2c",
    "embedded:storage/flash",
    "embedded:storage/key-value",
    "embedded:update",
  ],
  lin: base,
};

/** Root manifests of other boards. */
const variants = BOARDS.filter((name) => name !== DEFAULT_BOARD).map((name) => `boards/${name}/manifest.json`);
/** The SDK's modules for `lin` that the engine runner has to contain. */
const runner = "platforms/linux/xs/manifest.json";

/** Loaded only with signed updates; its libraries keep state. */
const onDemand = ["modules/update/signature/ed25519"];

const text = (path: string): string => readFileSync(join(root, path), "utf8");

/** Names that C functions of this platform have as callbacks or destructors of XS. */
function defined(files: string[]): string[] {
  const pattern = /^void (xs_\w+)\((?:xsMachine \*the|void \*\w+)\)\s*\{/gm;
  return files.flatMap((file) => [...text(file).matchAll(pattern)].map(([, name]) => name ?? ""));
}

/** Names given to native() and Native(), without those in comments. */
function named(files: Iterable<string>): string[] {
  const code = [...files]
    .filter((file) => !file.includes("node_modules"))
    .map((file) => text(file).replace(/\/\*[^]*?\*\/|\/\/.*/g, ""));
  return code.flatMap((source) => [...source.matchAll(/\b[nN]ative\("(\w+)"\)/g)].map(([, name]) => name ?? ""));
}

describe.each(programs)("%s on %s", (path, platform) => {
  const program = readProgram(platform, path);

  test("every file a manifest names exists, or is made by the build", () => {
    const sources = program.references.filter(({ path }) => !path.startsWith("build/"));
    const missing = sources.filter(({ path }) => !existsSync(join(root, path)));
    expect(missing).toEqual([]);
  });

  test("every specifier that the firmware imports has a module", () => {
    const known = new Set([...program.modules.keys(), ...program.sdkModules, ...fromSdk[platform]]);
    const unknown: string[] = [];
    for (const [specifier, path] of program.modules)
      for (const imported of imports(specifier, path)) if (!known.has(imported)) unknown.push(`${imported} in ${path}`);
    expect(unknown).toEqual([]);
  });

  test("no file has two specifiers, which mcconfig does not allow", () => {
    const files = [...program.modules.values()];
    expect(files.filter((file, i) => files.indexOf(file) !== i)).toEqual([]);
  });

  test("native functions that TypeScript names and those that C defines are the same", () => {
    const inC = new Set(defined(program.natives));
    const inTypeScript = new Set(named(program.modules.values()));
    expect([...inTypeScript].filter((name) => !inC.has(name))).toEqual([]);
    expect([...inC].filter((name) => !inTypeScript.has(name))).toEqual([]);
  });

  test("no two native sources have the same file name: their objects are in one folder", () => {
    const names = program.natives.map((path) => path.split("/").at(-1));
    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
  });

  test("preloaded modules exist and are listed one by one: the SDK's wildcard finds no TypeScript", () => {
    const known = new Set([...program.modules.keys(), ...program.sdkModules, ...fromSdk[platform]]);
    expect([...program.preloads].filter((name) => !known.has(name))).toEqual([]);
  });

  test("all modules shared by the platforms are preloaded, so that their code takes no RAM", () => {
    const shared = [...program.modules.keys()].filter((name) => /^(drivers|modules|boards)\//.test(name));
    expect(shared.filter((name) => !program.preloads.has(name))).toEqual(path === CAMERA ? [...onDemand] : []);
  });
});

test("on the ESP32 all of the self-test but its main is preloaded", () => {
  const { modules, preloads } = readProgram("esp32", SELF_TEST);
  const checks = [...modules.keys()].filter((name) => name.startsWith("self-test/"));
  expect(checks.length).toBeGreaterThan(5);
  expect(checks.filter((name) => !preloads.has(name))).toEqual([]);
});

test.each(platforms)("nothing of the self-test is in the camera's image on %s", (platform) => {
  const { modules, natives } = readProgram(platform);
  expect([...modules.values(), ...natives].filter((path) => path.startsWith("self-test/"))).toEqual([]);
});

test("nothing of Linux is in the ESP32's image, nor of the SDK's simulator", () => {
  const { modules, natives } = readProgram("esp32");
  const files = [...modules.values(), ...natives];
  expect(files.filter((path) => /^platforms\/linux\/|\/linux\//.test(path))).toEqual([]);
  expect([...modules.keys()].filter((name) => name.startsWith("setup/"))).toEqual([]);
  expect(readProgram("lin").modules.get("setup/panel")).toBe("platforms/linux/sdk/setup/panel.ts");
});

test("every folder's manifest is part of the firmware", () => {
  const used = new Set(platforms.flatMap((platform) => readProgram(platform).manifests));
  const folders = ["boards", "drivers", "modules", "platforms"];
  const all = folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith("manifest.json"))
      .map((file) => `${folder}/${file}`),
  );
  expect(all.filter((path) => !used.has(path) && !variants.includes(path) && path !== runner)).toEqual([]);
});

test("any other target is rejected with a message", () => {
  expect(readManifest("manifest.json").platforms?.["..."]?.error).toMatch(/^The .+\.$/);
});
