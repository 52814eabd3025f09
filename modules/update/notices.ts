// SPDX-License-Identifier: Apache-2.0
import type { Log } from "modules/log/log";

/** The part of `embedded:storage/key-value` (format "string") that the notices need. */
export interface TextStore {
  read(key: string): unknown;
  write(key: string, value: string): void;
  delete(key: string): void;
}

const Key = Object.freeze({ pending: "pending", notice: "notice" } as const, true);

/** The shape of `embedded:storage/key-value`. */
export interface TextStorage {
  open(options: { path: string; format: "string" }): TextStore;
}

/**
 * State that survives a restart: the version that an update installed, until it has passed its trial, and the outcome
 * of the last update if it was rolled back. A failing store loses this state, and never keeps the camera from starting;
 * only expect() throws.
 */
export class Notices {
  private current: string | undefined;

  /** @param store undefined: there is no store, and no state survives a restart */
  constructor(private readonly store: TextStore | undefined) {
    this.current = this.read(Key.notice);
  }

  /** Opens the notices' own namespace. */
  static open(storage: TextStorage, log: Log): Notices {
    try {
      return new Notices(storage.open({ path: "update", format: "string" }));
    } catch (error) {
      log.error(`notices of updates cannot be stored: ${String(error)}; kept until the restart`);
      return new Notices(undefined);
    }
  }

  /** Records that an update to this version is about to start for the first time. */
  expect(version: string): void {
    this.store?.write(Key.pending, version);
  }

  /** The version expected after an update, until it has passed its trial or been rolled back. */
  get expected(): string | undefined {
    return this.read(Key.pending);
  }

  forget(): void {
    if (this.expected !== undefined) this.attempt((store) => store.delete(Key.pending));
  }

  /** Text for clients in the status, from `post` to `clear`. */
  get notice(): string | undefined {
    return this.current;
  }

  post(text: string): void {
    this.current = text;
    this.attempt((store) => store.write(Key.notice, text));
  }

  clear(): void {
    if (this.current === undefined) return;
    this.current = undefined;
    this.attempt((store) => store.delete(Key.notice));
  }

  private read(key: string): string | undefined {
    const value = this.attempt((store) => store.read(key));
    return typeof value === "string" ? value : undefined;
  }

  private attempt<T>(work: (store: TextStore) => T): T | undefined {
    try {
      return this.store && work(this.store);
    } catch {
      return undefined;
    }
  }
}
