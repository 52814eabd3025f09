// SPDX-License-Identifier: Apache-2.0
type Format = "string" | "buffer";
interface Entry {
  format: Format;
  value: string | ArrayBuffer;
}

/** State of the entry after a power cut during its write. NVS guarantees one of the first two; "torn" is a store without guarantee. */
export const CUTS = ["before", "after", "torn"] as const;
export type Cut = (typeof CUTS)[number];

export class PowerCut extends Error {}

/** `embedded:storage/key-value` in memory with the ESP32's rules and a power cut at any write. */
export class FakeKeyValue {
  readonly namespaces = new Map<string, Map<string, Entry>>();
  /** Number of writes and deletes so far. */
  writes = 0;
  /** The number of the write at which the power fails. */
  #cutAt = Infinity;
  #cut: Cut = "before";
  /** Number of open namespaces. */
  opened = 0;
  /** Every open throws. */
  broken = false;
  /** Every write throws, with the power on. */
  full = false;
  /** Errors of keys that cannot be read, by `path/key`. */
  readonly unreadable = new Map<string, Error>();

  /** A copy of the flash with the power on, for the next start. */
  restarted(): FakeKeyValue {
    const next = new FakeKeyValue();
    for (const [path, keys] of this.namespaces) next.namespaces.set(path, new Map(keys));
    return next;
  }

  cutPower(afterWrites: number, cut: Cut): void {
    this.#cutAt = this.writes + afterWrites;
    this.#cut = cut;
  }

  set(path: string, key: string, value: string | ArrayBuffer): void {
    this.#namespace(path).set(key, { format: typeof value === "string" ? "string" : "buffer", value });
  }

  get(path: string, key: string): string | ArrayBuffer | undefined {
    return this.namespaces.get(path)?.get(key)?.value;
  }

  keys(path: string): string[] {
    return [...(this.namespaces.get(path)?.keys() ?? [])].sort();
  }

  open(options: { path: string; mode?: "r" | "r+"; format: Format }): {
    format: string;
    read(key: string): string | ArrayBuffer | undefined;
    write(key: string, value: string): void;
    delete(key: string): void;
    close(): void;
  } {
    const { path, mode = "r+" } = options;
    if (this.broken) throw new Error("NVS is not initialised");
    if (path.length > 15) throw new Error("namespace too long");
    if (mode === "r" && !this.namespaces.has(path)) throw new Error("no such namespace");
    const namespace = this.#namespace(path);
    this.opened += 1;
    const check = (key: string): void => {
      if (key.length < 1 || key.length > 15) throw new RangeError(`key ${key}`);
      if (mode === "r") throw new Error("read-only");
    };
    const store = { format: options.format as string };
    return Object.assign(store, {
      read: (key: string) => {
        const failure = this.unreadable.get(`${path}/${key}`);
        if (failure) throw failure;
        const entry = namespace.get(key);
        if (entry && entry.format !== store.format) throw new TypeError("mismatch");
        return entry?.value;
      },
      write: (key: string, value: string) => {
        check(key);
        const format = store.format as Format;
        if (namespace.has(key) && namespace.get(key)?.format !== format) throw new Error("type mismatch");
        this.#change(
          () => namespace.set(key, { format, value }),
          () => namespace.set(key, { format, value: value.slice(0, value.length >> 1) }),
        );
      },
      delete: (key: string) => {
        check(key);
        this.#change(
          () => namespace.delete(key),
          () => namespace.delete(key),
        );
      },
      close: () => void this.opened--,
    });
  }

  #namespace(path: string): Map<string, Entry> {
    const found = this.namespaces.get(path);
    if (found) return found;
    const created = new Map<string, Entry>();
    this.namespaces.set(path, created);
    return created;
  }

  #change(whole: () => void, torn: () => void): void {
    if (this.full) throw new Error("no space");
    this.writes += 1;
    if (this.writes > this.#cutAt) throw new PowerCut("no power");
    if (this.writes < this.#cutAt) {
      whole();
      return;
    }
    if (this.#cut === "after") whole();
    if (this.#cut === "torn") torn();
    throw new PowerCut("power cut");
  }
}
