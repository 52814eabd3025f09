// SPDX-License-Identifier: Apache-2.0
/** Runs `npm start` as a user does, without npm. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Program } from "../../program";
import { eventually } from "../real-time";

const ROOT = join(__dirname, "../../..");
const TSX = join(ROOT, "node_modules/tsx/dist/cli.mjs");

export class Launcher extends Program {
  /** @param script another program than the launcher */
  constructor(args: readonly string[], environment: Record<string, string> = {}, script = "simulator/start.ts") {
    super([process.execPath, TSX, script, ...args], {
      cwd: ROOT,
      env: { ...process.env, ...environment },
      detached: true,
    });
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
