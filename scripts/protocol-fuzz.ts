// SPDX-License-Identifier: Apache-2.0

/**
 * Fuzzes the protocol on the XS engine: compiles test/fuzz together with the firmware, and runs it on the host with ASan and UBSan.
 *
 *   tsx scripts/protocol-fuzz.ts [--packets N] [--seconds N] [--seed N] [--variant asan|release|m32]
 */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { BuildError, buildHost, hostProgram, moduleMap, type Variant } from "./build";

const root = join(__dirname, "..");

export interface ProtocolFuzzOptions {
  /** Packets to feed; without it, as many as fit into `seconds`. */
  packets?: number;
  seconds?: number;
  seed?: number;
  variant?: Variant;
}

/** Builds and runs the fuzzer. @returns false when it found something; what it found is on stderr, and the seed repeats it */
export async function fuzzProtocol({
  packets,
  seconds = packets === undefined ? 10 : undefined,
  seed = 1 + (Date.now() % 0x7fffffff),
  variant = "asan",
}: ProtocolFuzzOptions = {}): Promise<boolean> {
  await buildHost({ variant });
  const tsc = spawnSync(join(root, "node_modules/.bin/tsc"), ["-p", "test/fuzz/tsconfig.json"], {
    cwd: root,
    stdio: "inherit",
  });
  if (tsc.status !== 0) throw new BuildError("test/fuzz has type errors");
  const config = Object.entries({ packets, seconds, seed }).flatMap(([name, value]) =>
    value === undefined ? [] : ["--config", `${name}=${value}`],
  );
  console.log(`protocol fuzz, ${variant}: ${config.filter((word) => word !== "--config").join(" ")}`);
  const run = spawnSync(
    hostProgram(variant),
    ["--root", join(root, "build/fuzz"), "--map", moduleMap, ...config, "test/fuzz/protocol-fuzz"],
    { stdio: "inherit" },
  );
  return run.status === 0;
}

if (require.main === module) {
  const { values } = parseArgs({
    options: {
      packets: { type: "string" },
      seconds: { type: "string" },
      seed: { type: "string" },
      variant: { type: "string" },
    },
  });
  const options = Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, name === "variant" ? value : Number(value)]),
  ) as ProtocolFuzzOptions;
  fuzzProtocol(options).then(
    (good) => process.exit(good ? 0 : 1),
    (error: unknown) => {
      console.error(error instanceof Error ? error.message : error);
      process.exit(1);
    },
  );
}
