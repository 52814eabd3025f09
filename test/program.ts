// SPDX-License-Identifier: Apache-2.0
/** A child process with its output, for the tests of command-line programs. */
import { type ChildProcess, spawn, type SpawnOptions } from "node:child_process";
import { EventEmitter, once } from "node:events";

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
}

export class Program {
  readonly child: ChildProcess;
  /** Resolves when the process has ended and its output is complete. */
  readonly exit: Promise<Exit>;
  out = "";
  err = "";
  #running = true;
  readonly #changes = new EventEmitter();
  readonly #group: boolean;

  constructor(command: readonly string[], options: Pick<SpawnOptions, "cwd" | "env" | "detached"> = {}) {
    const [file = "", ...args] = command;
    this.#group = options.detached === true;
    this.child = spawn(file, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
    for (const name of ["out", "err"] as const)
      this.child[`std${name}`]?.setEncoding("utf8").on("data", (text: string) => {
        this[name] += text;
        this.#changes.emit("change");
      });
    this.exit = new Promise((resolve) => {
      this.child.once("close", (code, signal) => {
        this.#running = false;
        this.#changes.emit("change");
        resolve({ code, signal, out: this.out, err: this.err });
      });
    });
  }

  /** Resolves with the first match in the output. @throws Error when the process ends before it */
  async prints(pattern: RegExp, { stream = "out" as "out" | "err" } = {}): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this[stream]);
      if (match) return match;
      if (!this.#running) throw new Error(`nothing matches ${String(pattern)} in:\n${this.out}${this.err}`);
      await once(this.#changes, "change");
    }
  }

  /** Kills the process; if it is detached, its whole group, also after its own end. */
  kill(): void {
    const { pid } = this.child;
    if (!this.#group) this.child.kill("SIGKILL");
    else if (pid !== undefined)
      try {
        process.kill(-pid, "SIGKILL");
      } catch {
        // The group has ended.
      }
  }
}
