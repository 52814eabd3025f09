// SPDX-License-Identifier: Apache-2.0
/** This computer's disk under what the camera remembers: its errors as one line, and files that are replaced as a whole. */
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { getSystemErrorMap } from "node:util";

/** A file or folder cannot be read or written. One line for a person: the path, then why. */
export class DiskError extends Error {}

/** An error of the operating system, such as ENOSPC. */
export function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  // Not by `instanceof`: in tests the system's errors are of another realm.
  return typeof error === "object" && error !== null && typeof (error as NodeJS.ErrnoException).errno === "number";
}

/** The reason in the system's words, such as "no space left on device". */
export function reasonOf(error: NodeJS.ErrnoException): string {
  // Some of Node's own errors have the number without its sign.
  return getSystemErrorMap().get(-Math.abs(error.errno ?? 0))?.[1] ?? error.message;
}

/** Does what needs the disk. @throws DiskError in place of an error of the system */
export function onDisk<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw isSystemError(error) ? new DiskError(`${path}: ${reasonOf(error)}`) : error;
  }
}

/**
 * Makes a folder and its missing parents. One at a time: Node's recursive mkdir never returns where the system makes no
 * folder and says ENOENT (/proc).
 * @throws DiskError
 */
export function makeFolder(path: string): void {
  const there = onDisk(path, () => statSync(path, { throwIfNoEntry: false }));
  if (there && !there.isDirectory()) throw new DiskError(`${path}: not a folder`);
  if (there) return;
  makeFolder(dirname(path));
  onDisk(path, () => {
    try {
      mkdirSync(path);
    } catch (error) {
      // Another process may have made it meanwhile.
      if (!isSystemError(error) || error.code !== "EEXIST") throw error;
    }
  });
}

/** A text file's content; undefined when there is no such file. @throws DiskError when it cannot be read */
export function readIfThere(path: string): string | undefined {
  return onDisk(path, () => {
    try {
      return readFileSync(path, "utf8");
    } catch (error) {
      if (isSystemError(error) && error.code === "ENOENT") return undefined;
      throw error;
    }
  });
}

/**
 * Replaces a file by a rename, so that it has its old content or the new one at any moment. On failure nothing is left behind.
 * @throws DiskError
 */
export function replaceFile(path: string, content: Uint8Array | string): void {
  const fresh = `${path}.new`;
  onDisk(path, () => {
    try {
      writeFileSync(fresh, content);
      renameSync(fresh, path);
    } catch (error) {
      rmSync(fresh, { force: true });
      throw error;
    }
  });
}
