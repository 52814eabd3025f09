// SPDX-License-Identifier: Apache-2.0
/** The folder with what a camera remembers; one camera at a time uses it. */
import { accessSync, constants, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

/** The folder cannot be used. One line for a person. */
export class DataDirectoryError extends Error {}

export class DataDirectory {
  readonly path: string;
  readonly #temporary: boolean;
  readonly #lock: string;

  /** @param path undefined: a folder of its own, removed by `close`. @throws DataDirectoryError */
  constructor(path: string | undefined) {
    this.#temporary = path === undefined;
    this.path = path === undefined ? mkdtempSync(join(tmpdir(), "tcam-data-")) : resolve(path);
    this.#lock = join(this.path, "lock");
    try {
      mkdirSync(this.path, { recursive: true });
      accessSync(this.path, constants.W_OK | constants.X_OK);
      this.#take();
    } catch (error) {
      if (error instanceof DataDirectoryError) throw error;
      throw new DataDirectoryError(`the data folder ${this.path} cannot be written: ${(error as Error).message}`);
    }
  }

  close(): void {
    if (this.#temporary) rmSync(this.path, { recursive: true, force: true });
    else rmSync(this.#lock, { force: true });
  }

  #take(): void {
    const owner = this.#owner();
    if (owner !== undefined)
      throw new DataDirectoryError(
        `the data folder ${this.path} is in use by process ${owner}: choose another one (--data)`,
      );
    rmSync(this.#lock, { force: true });
    // "wx": of two that start in the same instant one fails here.
    writeFileSync(this.#lock, `${process.pid} ${startOf(process.pid)}\n`, { flag: "wx" });
  }

  /** The living process that uses the folder. */
  #owner(): number | undefined {
    let lock: string;
    try {
      lock = readFileSync(this.#lock, "utf8");
    } catch {
      return undefined;
    }
    const [pid, start] = lock.trim().split(" ");
    return start !== undefined && startOf(Number(pid)) === start ? Number(pid) : undefined;
  }
}

/** Fields of /proc/PID/stat behind the name: state, and when the process was started, in ticks since the computer was. */
const STATE = 0;
const START = 19;

/**
 * When a living process was started: a number alone may by now be another process's. undefined: there is none.
 * One that was killed stays in the table until its parent has asked for it: that is not alive.
 */
function startOf(pid: number): string | undefined {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.* \(.*\) /s, "")
      .split(" ");
    return fields[STATE] === "Z" || fields[STATE] === "X" ? undefined : fields[START];
  } catch {
    return undefined;
  }
}
