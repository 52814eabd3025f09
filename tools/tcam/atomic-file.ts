// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from "node:crypto";
import {
  accessSync,
  closeSync,
  constants,
  fchmodSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { reasonOf } from "./system-error";

/** A file could not be written. One line with its name. */
export class FileError extends Error {
  /** @param reason why, in words */
  constructor(
    path: string,
    readonly reason: string,
  ) {
    super(`cannot write ${path}: ${reason}`);
  }
}

export interface AtomicFileOptions {
  /** Waits at the end until the content is on the disk, so that it survives a crash of the computer. Default true. */
  readonly sync?: boolean;
}

/**
 * Writes a file in the same folder under a name that ends in `.part`; `commit` renames it. Until then an old file of that name
 * stays. Links are followed. Pipes and devices (`/dev/stdout`) are written directly.
 */
export class AtomicFile {
  readonly path: string;
  readonly #sync: boolean;
  readonly #descriptor: number;
  /** Temporary and final name; undefined for a pipe or device. */
  readonly #names: { readonly from: string; readonly to: string } | undefined;
  #length = 0;

  /** Creates the temporary file. @throws FileError */
  constructor(path: string, { sync = true }: AtomicFileOptions = {}) {
    this.path = path;
    this.#sync = sync;
    const [descriptor, names] = this.#checked(() => open(path));
    this.#descriptor = descriptor;
    this.#names = names;
  }

  /** Appends all of the data, or nothing if it fails. @throws FileError */
  write(data: Buffer): void {
    this.#checked(() => {
      try {
        for (let at = 0; at < data.length;)
          at += writeSync(this.#descriptor, data, at, data.length - at, this.#names ? this.#length + at : null);
        this.#length += data.length;
      } catch (error) {
        if (this.#names) ftruncateSync(this.#descriptor, this.#length);
        throw error;
      }
    });
  }

  /** Renames the file to its name. @throws FileError after removing the temporary file */
  commit(): void {
    this.#checked(() => {
      try {
        if (this.#names && this.#sync) fsyncSync(this.#descriptor);
        closeSync(this.#descriptor);
        if (this.#names) renameSync(this.#names.from, this.#names.to);
      } catch (error) {
        this.#remove();
        throw error;
      }
    });
  }

  /** Removes the temporary file. */
  discard(): void {
    closeSync(this.#descriptor);
    this.#remove();
  }

  #remove(): void {
    if (this.#names) rmSync(this.#names.from, { force: true });
  }

  #checked<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw new FileError(this.path, reasonOf(error));
    }
  }
}

/** Writes a whole file atomically. @throws FileError */
export function writeFileAtomically(path: string, data: Buffer, options?: AtomicFileOptions): void {
  const file = new AtomicFile(path, options);
  try {
    file.write(data);
  } catch (error) {
    file.discard();
    throw error;
  }
  file.commit();
}

function open(path: string): [descriptor: number, names?: { from: string; to: string }] {
  const old = statSync(path, { throwIfNoEntry: false });
  if (old && !old.isFile()) return [openSync(path, "w")];
  if (old) accessSync(path, constants.W_OK); // a rename would replace a write-protected file, too
  const to = old ? realpathSync(path) : path;
  // Only the start of the name: file names have a limit, and the suffix needs room.
  const from = join(dirname(to), `${basename(to).slice(0, 60)}.${randomBytes(3).toString("hex")}.part`);
  const descriptor = openSync(from, "wx");
  if (old) fchmodSync(descriptor, old.mode & 0o7777);
  return [descriptor, { from, to }];
}
