// SPDX-License-Identifier: Apache-2.0
/**
 * Counts instructions of the firmware's TypeScript and of what it calls: engine, classes and portable C, down to the
 * functions of tcp-socket.h. It runs on the engine runner for 32 bits (whose slots are the ESP32's) under callgrind. In
 * one folder and environment each run has the same counts; elsewhere they differ by up to 0.1 %.
 *
 *   npx tsx test/bench/engine/count.ts            prints the counts
 *   npx tsx test/bench/engine/count.ts --check    fails when one is above its bound, or missing
 *
 * `script`: engine, classes and the C library. `core`: the portable C, which test/bench/xtensa counts on Xtensa.
 * Not counted: the model of clients and capture (model.c), and the runner's event loop. Both stand in for code of the
 * ESP32 that is in no count: sockets over lwIP and their copy of each byte, notifier.c, the SDK's message queue and loop.
 * Each step of a part is a frame, or a command from its bytes to those of its answer; xs/count.ts has the parts. `image`
 * is `stream` with the encoder's instructions on Xtensa in place of the core's on x86.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BuildError, buildRunner, moduleMap, writeModuleMap } from "../../../tools/build";
import { unavailable } from "../../../tools/optional-tools";
import { costsByFile } from "./callgrind";
import { hoistNatives } from "./natives";

interface Count {
  script: number;
  core: number;
}

/** Instructions of a step, script and core: about 5 % above what was counted. */
const BOUNDS: Readonly<Record<string, number>> = {
  frame: 64_500,
  status: 409_000,
  chunk: 1_584_000,
  stream: 486_000,
  "stream-at-once": 478_000,
  streams: 1_716_000,
  "streams-and-browsers": 3_703_000,
  image: 429_000,
};

const root = join(__dirname, "../../..");
const folder = "test/bench/engine";
const output = join(root, "build/bench-engine");
const library = join(output, "model.so");
const CORE = /(^|\/)(modules|drivers)\/[^/]+\/native\//;
const LEFT_OUT = /(^|\/)(test\/bench\/engine|platforms\/linux)\//;

function run(command: string, parameters: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(command, parameters, {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 1 << 26,
  });
  if (error) throw new BuildError(`${command}: ${error.message}`);
  if (status !== 0) throw new BuildError(`${command} failed`, stdout + stderr);
  return stdout;
}

async function build(): Promise<string> {
  const runner = await buildRunner({ variant: "m32", log: () => undefined });
  rmSync(output, { recursive: true, force: true });
  mkdirSync(output, { recursive: true });
  run(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", `${folder}/xs/tsconfig.json`]);
  for (const name of readdirSync(output, { recursive: true, encoding: "utf8" })) {
    if (!name.endsWith(".js")) continue;
    const path = join(output, name);
    writeFileSync(path, hoistNatives(readFileSync(path, "utf8")));
  }
  const sources = `SOURCES=${folder}/model.c platforms/common/native/tcp.c`;
  run("make", ["-s", "-f", "platforms/linux/xs/Makefile", "VARIANT=m32", "library", `LIBRARY=${library}`, sources]);
  writeModuleMap();
  writeFileSync(
    join(output, "modules.map"),
    ["time", "timer"].map((name) => `${name}=${folder}/xs/${name}\n`).join(""),
  );
  return runner;
}

function add(costs: ReadonlyMap<string, number>, steps: number): Count {
  const count = { script: 0, core: 0 };
  for (const [file, cost] of costs) {
    if (CORE.test(file)) count.core += cost;
    else if (!LEFT_OUT.test(file)) count.script += cost;
  }
  return { script: Math.round(count.script / steps), core: Math.round(count.core / steps) };
}

/** The part whose steps only wait until nothing is left to do. Each step of the other parts ends with the same wait. */
const NOTHING = "nothing";

/** Counts each part. @returns instructions of a step, by name */
async function countEngine(): Promise<Map<string, Count>> {
  const runner = await build();
  const profiles = mkdtempSync(join(tmpdir(), "tcam-counts-"));
  try {
    const said = run("valgrind", [
      ...["--tool=callgrind", `--callgrind-out-file=${profiles}/profile`, "--dump-line=no"],
      ...["--compress-strings=no", "--compress-pos=no", "--zero-before=xs_model_begin", "--dump-before=xs_model_end"],
      ...[runner, "--root", output, "--map", moduleMap, "--map", join(output, "modules.map"), "--library", library],
      `${folder}/xs/count`,
    ]);
    const parts = [...said.matchAll(/^counted (\S+) (\d+)$/gm)];
    if (parts.length === 0) throw new BuildError("nothing was counted", said);
    const counts = new Map(
      parts.map(([, name = "", steps], i): [string, Count] => {
        const profile = readFileSync(join(profiles, `profile.${i + 1}`), "utf8");
        return [name, add(costsByFile(profile), Number(steps))];
      }),
    );
    const waiting = counts.get(NOTHING)?.script ?? NaN;
    counts.delete(NOTHING);
    for (const count of counts.values()) count.script -= waiting;
    return counts;
  } finally {
    rmSync(profiles, { recursive: true });
  }
}

/** Instructions of an image message at the addresses that cost more, on Xtensa. */
function countEncoder(): number {
  const counted = /^encode-odd (\d+)$/m.exec(run("make", ["-s", "-C", "test/bench/xtensa"]))?.[1];
  if (counted === undefined) throw new BuildError("test/bench/xtensa has no count of encode-odd");
  return Number(counted);
}

/** Counts each part, and prints it. */
export async function printCounts(): Promise<Map<string, Count>> {
  const counts = await countEngine();
  const reason = unavailable("xtensa");
  if (reason !== undefined) console.log(`skipped: the image with its encoder on Xtensa: ${reason}`);
  else counts.set("image", { script: counts.get("stream")?.script ?? NaN, core: countEncoder() });
  for (const [name, { script, core }] of counts)
    console.log(`${name} ${script + core} (script ${script}, core ${core})`);
  return counts;
}

/** Prints each count that is above its bound or missing. @returns false if there are any */
function check(counts: ReadonlyMap<string, Count>): boolean {
  const names = new Set([...Object.keys(BOUNDS), ...counts.keys()]);
  if (unavailable("xtensa") !== undefined) names.delete("image");
  let good = true;
  for (const name of names) {
    const { script, core } = counts.get(name) ?? { script: NaN, core: NaN };
    const bound = BOUNDS[name] ?? NaN;
    if (script + core <= bound) continue;
    console.log(`${name}: ${script + core} instructions, bound ${bound}`);
    good = false;
  }
  return good;
}

async function main(parameters: readonly string[]): Promise<void> {
  const reason = unavailable("callgrind");
  if (reason !== undefined) return console.log(`skipped: instruction counts on XS: ${reason}`);
  const counts = await printCounts();
  if (parameters.includes("--check") && !check(counts)) process.exitCode = 1;
}

if (require.main === module) {
  main(process.argv.slice(2)).catch((error: Error) => {
    if (error instanceof BuildError && error.details) console.error(error.details.trimEnd());
    console.error(`count: ${error.message}`);
    process.exitCode = 1;
  });
}
