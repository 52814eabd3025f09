// SPDX-License-Identifier: Apache-2.0
/** Access to this computer's disk for the camera's storage: errors in one line, files replaced as a whole. */
import { mkdirSync, readFileSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { FileError, writeFileAtomically } from "../../../tools/tcam/atomic-file";
import { reasonOf } from "../../../tools/tcam/system-error";

/** A file or folder cannot be read or written. One line for the user: the path, then the reason. */
export class DiskError extends Error {}

/** An error of the operating system, such as ENOSPC. */
export function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  // Not by `instanceof`: in tests the system's errors are of another realm.
  return typeof error === "object" && error !== null && typeof (error as NodeJS.ErrnoException).errno === "number";
}

/** Runs `work`. @throws DiskError in place of an error of the system */
export function onDisk<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw isSystemError(error) ? new DiskError(`${path}: ${reasonOf(error)}`) : error;
  }
}

/**
 * Makes a folder and its missing parents, one by one: Node's recursive mkdir never returns where the system refuses a
 * folder with ENOENT (/proc).
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
      // Another process may have made it.
      if (!isSystemError(error) || error.code !== "EEXIST") throw error;
    }
  });
}

/** Content of a text file; undefined when the file does not exist. @throws DiskError when it cannot be read */
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
 * Replaces a file by a rename, so that it has its old content or the new one at any moment. A failure leaves nothing behind.
 * @throws DiskError
 */
export function replaceFile(path: string, content: Buffer | string): void {
  try {
    writeFileAtomically(path, typeof content === "string" ? Buffer.from(content) : content, { sync: false });
  } catch (error) {
    throw error instanceof FileError ? new DiskError(`${path}: ${error.reason}`) : error;
  }
}
