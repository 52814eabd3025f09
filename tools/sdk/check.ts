// SPDX-License-Identifier: Apache-2.0
/**
 * `npm run sdk:check`: checks the firmware with the Moddable SDK (docs/sdk.md). Without MODDABLE it prints a message and succeeds.
 * With IDF_PATH and a compiler for the ESP32 it also builds the image.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { boardFile, BOARDS, DEFAULT_BOARD, slotSize } from "../boards";
import { EXAMPLES } from "../examples";
import { missing } from "../optional-tools";
import { makeImages } from "./image";
import { compileWithRealHeaders } from "./real-headers";
import { buildHeadless, configure, folders, make, openSdk, run, type Sdk, SdkError } from "./sdk-build";
import { readSettings, settingProblems } from "./sdkconfig";

const root = join(__dirname, "../..");
const SDK_VERSION = "8.2.3";
/** The SDK's makefile requires this git tag of the IDF. */
const IDF_TAG = "v6.0.0";
/** Device tests that run without the control API. */
const SMOKE = ["camera/answers-commands", "camera/streams-to-two-clients"];

function step<T>(name: string, work: () => T): T {
  const start = performance.now();
  const result = work();
  console.log(`ok  ${name} (${((performance.now() - start) / 1000).toFixed(0)} s)`);
  return result;
}

/** Fails on xsl's warnings about mutable state in preloaded modules. */
function checkLinker(said: string): void {
  const complaints = said.split("\n").filter((line) => /: (not frozen|no const|generator|regexp)$/.test(line));
  if (complaints.length) throw new SdkError("preloaded modules have state that can change", complaints.join("\n"));
}

/** Fails on xsc's warnings about native calls that are resolved at run time: the ESP32 cannot do that. */
function checkNativeCalls(said: string): void {
  const complaints = said.split("\n").filter((line) => line.includes("cannot optimize native"));
  if (complaints.length) throw new SdkError("native calls are not linked into flash", complaints.join("\n"));
}

function deviceTests(patterns: string[], environment: NodeJS.ProcessEnv): void {
  const jest = join(root, "node_modules/jest/bin/jest.js");
  const args = [jest, "--selectProjects", "device", "--runInBand", "--testPathPatterns", ...patterns];
  const { status } = spawnSync(process.execPath, args, { cwd: root, env: environment, stdio: "inherit" });
  if (status !== 0) throw new SdkError(`device tests fail: ${patterns.join(", ")}`);
}

/** tests/modules/io of the SDK, against the classes of platforms/linux on the engine runner. */
function contractTests(sdk: Sdk): void {
  run(process.execPath, [join(root, "node_modules/tsx/dist/cli.mjs"), "tools/build.ts"], sdk.environment);
  deviceTests(["platform/sdk-contract"], sdk.environment);
}

/** A folder that the SDK's makefile accepts as an ESP-IDF, for all steps before the C compiler. */
function standInIdf(): string {
  const folder = join(root, "build/sdk/idf");
  if (existsSync(join(folder, ".git"))) return folder;
  mkdirSync(folder, { recursive: true });
  const git = (...args: string[]): void => void execFileSync("git", args, { cwd: folder });
  const author = ["-c", "user.name=sdk-check", "-c", "user.email=sdk-check@localhost"];
  git("init", "--quiet");
  git(...author, "commit", "--quiet", "--allow-empty", "--message", "Stand-in");
  git(...author, "tag", IDF_TAG);
  return folder;
}

/** Builds an example or the self-test for the SDK's simulator. */
function buildForSimulator(sdk: Sdk): void {
  configure(sdk, "lin");
  checkLinker(make(sdk, "lin", ["build"]));
}

function checkEsp32(sdk: Sdk, board: string): void {
  const target = { board };
  const modules = configure(sdk, target);
  const { temporary } = folders(sdk, target);
  const project = join(temporary, "xsProj-esp32");
  mkdirSync(join(project, "build/config"), { recursive: true });
  writeFileSync(join(project, "build/config/sdkconfig.h"), "");
  const files = ["mc.xs.c", "mc.resources.c"].map((file) => join(temporary, file));
  const said = make(sdk, target, files);
  checkLinker(said);
  checkNativeCalls(said);
  const linked = readFileSync(join(temporary, "mc.xs.c"), "utf8");
  // The makefile's file names write `embedded:` as a folder.
  const specifiers = modules.map((name) => name.replace(/^~\.(\w+)\//, "$1:"));
  const missing = specifiers.filter((name) => !linked.includes(`, "${name}", { XS_MAJOR_VERSION`));
  if (missing.length) throw new SdkError("modules are missing in the image", missing.join("\n"));
  const problems = settingProblems(readSettings(readFileSync(join(project, "sdkconfig.mc"), "utf8")), board);
  if (problems.length)
    throw new SdkError("the merged sdkconfig differs from the required settings", problems.join("\n"));
  const own = readFileSync(boardFile(board, "partitions.csv"), "utf8");
  if (readFileSync(join(project, "partitions.csv"), "utf8") !== own)
    throw new SdkError("the SDK's partition table is not the board's partitions.csv");
  console.log(`    ${modules.length} modules in TypeScript linked`);
}

/** Compiles natives against the real headers of the IDF if they are installed. */
function checkHeaders(sdk: Sdk): void {
  const { IDF_PATH } = process.env;
  const reason = missing("headers");
  if (reason !== undefined || !IDF_PATH) {
    console.log(`skipped: ESP32 natives against the real headers: ${reason}`);
    return;
  }
  step("ESP32 natives compile against the real headers", () => compileWithRealHeaders(sdk, IDF_PATH));
}

/** Builds the image if the ESP-IDF and its compiler are installed. */
function buildImage(sdk: Sdk): void {
  const reason = missing("idf");
  if (reason !== undefined) {
    console.log(`skipped: the image itself: ${reason} (ESP-IDF v6.0, \`. export.sh\`)`);
    return;
  }
  const target = { board: DEFAULT_BOARD };
  const made = step("esp32 image", () => {
    configure(sdk, target);
    return makeImages(sdk, DEFAULT_BOARD);
  });
  const slot = slotSize();
  const { size } = statSync(join(made, "xs_esp32.bin"));
  console.log(run("idf.py", ["size"], sdk.environment, join(made, "..")));
  console.log(`    image ${size} bytes, ${((100 * size) / slot).toFixed(1)} % of a slot`);
  if (size > slot) throw new SdkError("the image does not fit its slot");
}

function main(): void {
  const { MODDABLE } = process.env;
  const reason = missing("moddable");
  if (reason !== undefined && MODDABLE) throw new SdkError(reason);
  if (!MODDABLE) {
    console.log(
      `skipped: ${reason}. Get the Moddable SDK ${SDK_VERSION} from github.com/Moddable-OpenSource/moddable, build its tools, and set MODDABLE.`,
    );
    return;
  }
  const sdk = openSdk(MODDABLE);
  const { command, said } = step("lin build", () => buildHeadless(sdk));
  checkLinker(said);
  step("device tests on the lin build", () => deviceTests(SMOKE, { ...process.env, TCAM_FIRMWARE: command.join(" ") }));
  step("the window in the SDK's simulator", () => deviceTests(["platform/mcsim"], sdk.environment));
  step("the SDK's own tests of the IO classes", () => contractTests(sdk));
  // In its own folder: the SDK would use this build's configuration header for the real one.
  const dry: Sdk = {
    ...sdk,
    environment: { ...sdk.environment, IDF_PATH: standInIdf() },
    output: join(sdk.output, "dry"),
  };
  for (const board of BOARDS) step(`esp32 dry build for ${board}`, () => checkEsp32(dry, board));
  for (const program of ["self-test" as const, ...EXAMPLES.map((example) => ({ example }))]) {
    const name = program === "self-test" ? program : program.example;
    step(`lin build of ${name}`, () => buildForSimulator({ ...sdk, program }));
    step(`esp32 dry build of ${name}`, () => checkEsp32({ ...dry, program }, DEFAULT_BOARD));
  }
  step("ESP32 natives compile", () => run("make", ["-s", "-C", "test/native", "idf", "idf-lwip"], sdk.environment));
  checkHeaders(dry);
  buildImage(sdk);
}

try {
  main();
} catch (error) {
  if (!(error instanceof SdkError)) throw error;
  if (error.details) console.error(error.details.trimEnd());
  console.error(`sdk:check: ${error.message}`);
  process.exitCode = 1;
}
