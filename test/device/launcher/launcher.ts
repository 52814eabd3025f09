// SPDX-License-Identifier: Apache-2.0
/** Runs `npm start` without npm. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Bundled, bundled } from "../../bundled";
import { Program } from "../../program";
import { eventually } from "../real-time";

const ROOT = join(__dirname, "../../..");
const TSX = join(ROOT, "node_modules/tsx/dist/cli.mjs");

/** The command that starts a program in TypeScript, as npm's scripts do. */
export function typeScript(script: string): string[] {
  return [process.execPath, TSX, script];
}

export class Launcher extends Program {
  /** @param program another program than the launcher, or another way to start it */
  constructor(
    args: readonly string[],
    environment: Record<string, string> = {},
    program: Bundled | readonly string[] = "simulator/start.ts",
  ) {
    const command = typeof program === "string" ? bundled(program) : program;
    super([...command, ...args], { cwd: ROOT, env: { ...process.env, ...environment }, detached: true });
  }
}

/** Processes with this variable (`NAME=value`) in their environment, such as those that a launcher started. */
export function processesWith(environment: string): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/environ`, "utf8").split("\0").includes(environment);
      } catch {
        return false;
      }
    })
    .map(Number);
}

/** Resolves when these processes have ended. */
export function haveEnded(environment: string): Promise<void> {
  return eventually(
    `no process has ${environment}`,
    () => processesWith(environment).length === 0,
    () => `there are ${processesWith(environment).join(", ")}`,
  );
}
