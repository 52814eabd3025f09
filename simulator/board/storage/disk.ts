// SPDX-License-Identifier: Apache-2.0
/** This computer's disk under what the camera remembers: its errors as one line, and files that are replaced as a whole. */
import { mkdirSync, readFileSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { FileError, writeFileAtomically } from "../../../tools/tcam/atomic-file";
import { reasonOf } from "../../../tools/tcam/system-error";

/** A file or folder cannot be read or written. One line for a person: the path, then why. */
export class DiskError extends Error {}

/** An error of the operating system, such as ENOSPC. */
export function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  // Not by `instanceof`: in tests the system's errors are of another realm.
  return typeof error === "object" && error !== null && typeof (error as NodeJS.ErrnoException).errno === "number";
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
 * Replaces a file by a rename, so that it has its old content or the new one at any moment. A failure leaves nothing behind.
 * @throws DiskError
 */
export function replaceFile(path: string, content: Uint8Array | string): void {
  try {
    writeFileAtomically(path, Buffer.from(content), { sync: false });
  } catch (error) {
    throw error instanceof FileError ? new DiskError(`${path}: ${error.reason}`) : error;
  }
}
