// SPDX-License-Identifier: Apache-2.0
/** `npm start` as a user runs it, without npm. */
import { type ChildProcess, spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const ROOT = join(__dirname, "../../..");

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export class Launcher {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  out = "";
  err = "";

  /** @param script another program than the launcher */
  constructor(args: string[], environment: Record<string, string> = {}, script = "simulator/start.ts") {
    const tsx = join(ROOT, "node_modules/tsx/dist/cli.mjs");
    this.child = spawn(process.execPath, [tsx, script, ...args], {
      cwd: ROOT,
      env: { ...process.env, ...environment },
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    this.child.stdout?.setEncoding("utf8").on("data", (text: string) => (this.out += text));
    this.child.stderr?.setEncoding("utf8").on("data", (text: string) => (this.err += text));
    this.ended = new Promise((resolve) => {
      this.child.once("close", (code) => resolve({ code, out: this.out, err: this.err }));
    });
  }

  /** The first match in what it prints, waiting for it. */
  async print(pattern: RegExp, timeout = 60_000, output: "out" | "err" = "out"): Promise<RegExpExecArray> {
    const until = performance.now() + timeout;
    for (;;) {
      const match = pattern.exec(this[output]);
      if (match) return match;
      if (performance.now() > until) throw new Error(`nothing matches ${String(pattern)} in:\n${this.out}${this.err}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** Ends the whole process group at once, whatever state it is in. */
  destroy(): void {
    try {
      if (this.child.pid !== undefined) process.kill(-this.child.pid, "SIGKILL");
    } catch {
      // it has ended
    }
  }
}

/** Processes whose environment names this board: what a launcher could leave behind. */
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

/** @returns true once nothing is left, false after `ms` */
export async function gone(environment: string, ms = 5000): Promise<boolean> {
  const until = performance.now() + ms;
  while (processesWith(environment).length > 0) {
    if (performance.now() > until) return false;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return true;
}
