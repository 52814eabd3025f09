// SPDX-License-Identifier: Apache-2.0
/** What of `embedded:storage/key-value` (format "string") the notices need. */
export interface TextStore {
  read(key: string): unknown;
  write(key: string, value: string): void;
  delete(key: string): void;
}

const Key = Object.freeze({ pending: "pending", notice: "notice" } as const, true);

/**
 * What must be remembered over a restart: the version an update installed, until it proves itself,
 * and what the next client that asks for the status is to be told, once.
 */
export class Notices {
  constructor(private readonly store: TextStore) {}

  /** An update to this version is about to be started for the first time. */
  expect(version: string): void {
    this.store.write(Key.pending, version);
  }

  /** The version expected after an update, while it has neither proved itself nor been given up. */
  get expected(): string | undefined {
    return text(this.store.read(Key.pending));
  }

  forget(): void {
    if (this.expected !== undefined) this.store.delete(Key.pending);
  }

  post(text: string): void {
    this.store.write(Key.notice, text);
  }

  /** The notice, if there is one; it is gone afterwards. */
  take(): string | undefined {
    const notice = text(this.store.read(Key.notice));
    if (notice !== undefined) this.store.delete(Key.notice);
    return notice;
  }
}

const text = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);
