// SPDX-License-Identifier: Apache-2.0
/** The folder of a camera's storage, locked for one camera at a time. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { DiskError, isSystemError, makeFolder, onDisk } from "./storage/disk";

export class DataDirectory {
  readonly path: string;
  readonly #temporary: boolean;
  readonly #lock: string;

  /** @param path undefined: a new temporary folder, removed by `close`. @throws DiskError */
  constructor(path: string | undefined) {
    this.#temporary = path === undefined;
    this.path = path === undefined ? temporaryFolder("tcam-data-") : resolve(path);
    this.#lock = join(this.path, "lock");
    makeFolder(this.path);
    onDisk(this.#lock, () => this.#take());
  }

  close(): void {
    if (this.#temporary) rmSync(this.path, { recursive: true, force: true });
    else rmSync(this.#lock, { force: true });
  }

  #take(): void {
    const owner = this.#owner();
    if (owner !== undefined)
      throw new DiskError(`${this.path} is in use by process ${owner}: choose another one (--data)`);
    rmSync(this.#lock, { force: true });
    try {
      // "wx": of two processes that start at once, one fails here.
      writeFileSync(this.#lock, `${process.pid} ${startOf(process.pid)}\n`, { flag: "wx" });
    } catch (error) {
      if (isSystemError(error) && error.code === "EEXIST")
        throw new DiskError(`${this.path} was just locked by another process: choose another one (--data)`);
      rmSync(this.#lock, { force: true });
      throw error;
    }
  }

  /** The running process that holds the lock. */
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

/** Fields of /proc/PID/stat behind the name: state, and start time in clock ticks since boot. */
const STATE = 0;
const START = 19;

/**
 * Start time of a running process; with its number it identifies the process, since numbers are reused.
 * @returns undefined when no such process runs. A zombie, which its parent has not waited for, does not run.
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

/** A new folder for temporary files. @throws DiskError */
export function temporaryFolder(prefix: string, parent = tmpdir()): string {
  return onDisk(parent, () => mkdtempSync(join(parent, prefix)));
}
