// SPDX-License-Identifier: Apache-2.0
import { messageOf, type Log } from "modules/log/log";
import { decodeCopy, encodeCopy, type StoredCopy } from "./record";
import { type ReadableStore, readKey } from "./store";
import { defaultsOf, problem, type Setting, type SettingsTable } from "./table";

/** What a settings group needs of an open `embedded:storage/key-value` namespace, format "string". */
export interface KeyValueStore extends ReadableStore {
  write(key: string, value: string): void;
  delete(key: string): void;
}

export interface SettingsGroupOptions {
  log: Log;
  /**
   * Values stored by an older firmware elsewhere; called only when no whole copy is stored here. Throws if they cannot
   * be read.
   */
  older?(): Readonly<Record<string, unknown>> | undefined;
  /** Called with the reason when stored values cannot be read, and with undefined when that no longer matters. */
  onUnread?(reason: string | undefined): void;
}

/** A change could not be stored; the values stored before are intact. */
export class StorageError extends Error {}

/** Keys of a group's two copies. Each write replaces the older copy, so that the newer one stays intact. */
const SLOTS = Object.freeze(["a", "b"] as const, true);
type Slot = (typeof SLOTS)[number];

const otherThan = (slot: Slot): Slot => (slot === "a" ? "b" : "a");

/** A key that holds another type is deleted first; its value is useless. */
const replace = (store: KeyValueStore, key: string, text: string): void => {
  try {
    store.write(key, text);
  } catch {
    store.delete(key);
    store.write(key, text);
  }
};

/**
 * A group of settings that is stored and read as a whole.
 *
 * A write goes to the slot of the older copy: if it is torn or lost, the previous values are still stored. NVS alone
 * guarantees this for a single key only while its pages are sound; the second copy costs 300 bytes.
 *
 * An unreadable copy may be whole and the newest, so it is never overwritten. The group then has the other copy's
 * values, or its defaults, and cannot be changed until a reset, or until a start that can read the copy.
 */
export class SettingsGroup<T extends object> {
  private readonly name: string;
  private readonly table: SettingsTable<T>;
  private readonly store: KeyValueStore | undefined;
  private readonly log: Log;
  private readonly options: SettingsGroupOptions;
  /** The reason why stored values could not be read. */
  private unread: string | undefined;
  private values: Readonly<T>;
  private sequence = 0;
  private slot: Slot = "b";

  /**
   * Reads the group; repairs it if it is damaged or from an older firmware. Never throws.
   * @param store undefined: there is no storage, the group has its defaults and cannot be changed
   */
  constructor(name: string, table: SettingsTable<T>, store: KeyValueStore | undefined, options: SettingsGroupOptions) {
    this.name = name;
    this.table = table;
    this.store = store;
    this.log = options.log;
    this.options = options;
    this.values = this.defaults;
    if (store) this.load(store);
  }

  get defaults(): T {
    return defaultsOf(this.table);
  }

  read(): Readonly<T> {
    return this.values;
  }

  /**
   * Changes some settings, all of them or none. Does not write when nothing changes.
   * Throws RangeError for a value outside its range, StorageError if it could not be stored.
   */
  write(change: Partial<T>): void {
    for (const [key, value] of Object.entries(change)) {
      const setting = this.table[key as keyof T & string] as Setting | undefined;
      const wrong = setting ? problem(setting, value) : "is no setting";
      if (wrong) throw new RangeError(`${key} ${wrong}`);
    }
    const next = { ...this.values, ...change };
    if (!this.entries().some(([key]) => next[key] !== this.values[key])) return;
    if (this.unread !== undefined)
      throw new StorageError(`${this.name}: could not be stored: the stored values cannot be read: ${this.unread}`);
    this.save(next);
  }

  /** Stores the defaults and erases every earlier copy, with any password in it. Throws StorageError. */
  reset(): void {
    this.save(this.defaults);
    const older = otherThan(this.slot);
    this.attempt(older, (store, key) => store.delete(key));
    this.setUnread(undefined);
  }

  private entries(): [keyof T & string, Setting][] {
    return Object.entries(this.table) as [keyof T & string, Setting][];
  }

  private key(slot: Slot): string {
    return `${this.name}.${slot}`;
  }

  private load(store: KeyValueStore): void {
    let newest: StoredCopy | undefined;
    let damaged = 0;
    for (const slot of SLOTS) {
      const copy = this.readable(() => this.readSlot(store, slot));
      if (copy === "damaged") {
        damaged += 1;
      } else if (copy && (!newest || copy.sequence > newest.sequence)) {
        newest = copy;
        this.slot = slot;
      }
    }
    if (damaged > 0) this.log.warn(`${this.name}: ${damaged} of ${SLOTS.length} stored copies damaged`);
    if (newest) {
      this.sequence = newest.sequence;
      this.adopt(newest.values, false);
      return;
    }
    const values = this.unread === undefined ? this.readable(() => this.options.older?.()) : undefined;
    if (values) this.adopt(values, true);
    else if (this.unread === undefined)
      this.log.info(`${this.name}: ${damaged > 0 ? "no whole copy" : "nothing"} stored, defaults used`);
  }

  /** Returns the result of `read`; undefined if it throws, and records the reason. */
  private readable<R>(read: () => R): R | undefined {
    try {
      return read();
    } catch (error) {
      this.setUnread(messageOf(error));
      return undefined;
    }
  }

  private setUnread(reason: string | undefined): void {
    if (reason === this.unread) return;
    this.unread = reason;
    if (reason !== undefined)
      this.log.error(`${this.name}: stored settings cannot be read: ${reason}; not overwritten`);
    this.options.onUnread?.(reason);
  }

  /** A key that holds another type counts as damaged. */
  private readSlot(store: KeyValueStore, slot: Slot): StoredCopy | "damaged" | undefined {
    const found = readKey(store, this.key(slot));
    if (found === "another type") return "damaged";
    const { value } = found;
    if (value === undefined) return undefined;
    return (typeof value === "string" ? decodeCopy(value) : undefined) ?? "damaged";
  }

  /** Adopts the stored values, with the defaults for those that are missing or out of range. */
  private adopt(values: Readonly<Record<string, unknown>>, save: boolean): void {
    const repaired: Partial<T> = {};
    for (const [key, setting] of this.entries()) {
      const wrong = key in values ? problem(setting, values[key]) : "was not stored";
      if (!wrong) continue;
      this.log.warn(`${this.name}.${key}: ${wrong}, default used`);
      repaired[key] = setting.default as T[keyof T & string];
    }
    const known = Object.fromEntries(this.entries().map(([key]) => [key, values[key]]));
    this.values = { ...(known as T), ...repaired };
    if (this.unread !== undefined || (!save && Object.keys(repaired).length === 0)) return;
    try {
      this.save(this.values);
    } catch (error) {
      this.log.error(String(error));
    }
  }

  private save(values: Readonly<T>): void {
    const slot = otherThan(this.slot);
    const text = encodeCopy(this.sequence + 1, values);
    this.attempt(slot, (store, key) => replace(store, key, text));
    this.values = values;
    this.sequence += 1;
    this.slot = slot;
  }

  private attempt(slot: Slot, work: (store: KeyValueStore, key: string) => void): void {
    if (!this.store) throw new StorageError(`${this.name}: no storage`);
    try {
      work(this.store, this.key(slot));
    } catch (error) {
      throw new StorageError(`${this.name}: could not be stored: ${messageOf(error)}`);
    }
  }
}
