// SPDX-License-Identifier: Apache-2.0
/**
 * The camera's non-volatile key-value storage with the rules of the ESP32's NVS, in one JSON file.
 * The file is replaced as a whole: it has the old or the new content when the board's process is killed.
 */
import { renameSync } from "node:fs";
import { onDisk, readIfThere, replaceFile } from "./disk";
import { type FlashChip, NvsPages } from "./flash-chip";
import type { PowerCut } from "./power-cut";

/** Index = the type's number on the board link; value = bytes, 0 = any length. */
export const VALUE_TYPES = [
  { name: "buffer", bytes: 0 },
  { name: "string", bytes: 0 },
  { name: "uint8", bytes: 1 },
  { name: "int8", bytes: 1 },
  { name: "uint16", bytes: 2 },
  { name: "int16", bytes: 2 },
  { name: "uint32", bytes: 4 },
  { name: "int32", bytes: 4 },
  { name: "uint64", bytes: 8 },
  { name: "int64", bytes: 8 },
] as const;

/** NVS limits: names 15 bytes; a string 4,000 bytes with its end; a blob 508,000 bytes. */
const MAX_NAME = 15;
const MAX_STRING = 4000;
const MAX_BUFFER = 508_000;

/** A value with its type, an index of VALUE_TYPES. */
export interface StoredValue {
  readonly type: number;
  readonly value: Buffer;
}

/** The store rejects a name, type or size. */
export class KeyValueError extends Error {}

interface FileEntry {
  type: number;
  value: string;
}

type Spaces = ReadonlyMap<string, ReadonlyMap<string, StoredValue>>;

export class KeyValueStore {
  readonly #file: string;
  readonly #cut: PowerCut;
  readonly #pages: NvsPages;
  #spaces: Spaces = new Map();
  /** Damage of the file at the start; the file was renamed and the store began empty. */
  readonly damage: string | undefined;

  /** @throws DiskError when the file exists and cannot be read: it is not damaged and stays */
  constructor(file: string, cut: PowerCut, chip?: FlashChip) {
    this.#file = file;
    this.#cut = cut;
    this.#pages = new NvsPages(chip);
    const text = readIfThere(file);
    if (text === undefined) return;
    try {
      this.#spaces = parseSpaces(text);
    } catch (error) {
      onDisk(file, () => renameSync(file, `${file}.damaged`));
      this.damage = `${file} is damaged (${(error as Error).message}); renamed; the storage begins empty`;
    }
  }

  get(space: string, key: string): StoredValue | undefined {
    return this.#spaces.get(space)?.get(key);
  }

  keys(space: string): string[] {
    return [...(this.#spaces.get(space)?.keys() ?? [])];
  }

  /** One operation, atomic. @throws KeyValueError, PowerLost, DiskError */
  set(space: string, key: string, { type, value }: StoredValue): void {
    checkName("namespace", space);
    checkName("key", key);
    checkValue({ type, value });
    const entries = new Map(this.#spaces.get(space)).set(key, { type, value: Buffer.from(value) });
    this.#change(new Map(this.#spaces).set(space, entries));
    this.#pages.write(value.length);
  }

  /** One operation, even when the key does not exist. @throws PowerLost, DiskError */
  delete(space: string, key: string): void {
    const entries = new Map(this.#spaces.get(space));
    this.#change(entries.delete(key) ? new Map(this.#spaces).set(space, entries) : this.#spaces);
    this.#pages.delete();
  }

  /** All namespaces and keys, with type names and values in base64, for the control API. */
  describe(): Record<string, Record<string, { type: string; value: string }>> {
    const spaces = [...this.#spaces].map(([space, entries]) => {
      const described = [...entries].map(([key, { type, value }]) => [
        key,
        { type: VALUE_TYPES[type]?.name, value: value.toString("base64") },
      ]);
      return [space, Object.fromEntries(described)];
    });
    return Object.fromEntries(spaces);
  }

  #change(spaces: Spaces): void {
    // A cut operation changes nothing: NVS marks an entry as written last.
    const nothing = (): void => undefined;
    this.#cut.operation(
      "key-value",
      () => {
        this.#save(spaces);
        this.#spaces = spaces;
      },
      nothing,
    );
  }

  #save(spaces: Spaces): void {
    const file = [...spaces].map(([space, entries]) => {
      const saved = [...entries].map(([key, { type, value }]) => [key, { type, value: value.toString("base64") }]);
      return [space, Object.fromEntries(saved) as unknown];
    });
    replaceFile(this.#file, JSON.stringify(Object.fromEntries(file), null, 1));
  }
}

/** @throws Error for content that this store has not written */
function parseSpaces(text: string): Spaces {
  const file = JSON.parse(text) as Record<string, Record<string, FileEntry>>;
  const spaces = new Map<string, Map<string, StoredValue>>();
  for (const [space, entries] of Object.entries(file)) {
    checkName("namespace", space);
    const loaded = new Map<string, StoredValue>();
    for (const [key, entry] of Object.entries(entries)) {
      checkName("key", key);
      const value = { type: entry.type, value: Buffer.from(entry.value, "base64") };
      checkValue(value);
      loaded.set(key, value);
    }
    spaces.set(space, loaded);
  }
  return spaces;
}

function checkName(what: string, name: string): void {
  const length = Buffer.byteLength(name);
  if (length < 1 || length > MAX_NAME)
    throw new KeyValueError(`${what} ${JSON.stringify(name)} must have 1 to 15 bytes`);
}

function checkValue({ type, value }: StoredValue): void {
  const kind = VALUE_TYPES[type];
  if (!kind) throw new KeyValueError(`unknown value type ${type}`);
  const limit = kind.name === "string" ? MAX_STRING : MAX_BUFFER;
  if (kind.bytes !== 0 && value.length !== kind.bytes)
    throw new KeyValueError(`a ${kind.name} has ${kind.bytes} bytes, not ${value.length}`);
  if (value.length > limit) throw new KeyValueError(`a ${kind.name} of ${value.length} bytes, more than ${limit}`);
}
