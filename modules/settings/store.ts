// SPDX-License-Identifier: Apache-2.0

/** What reading needs of an open `embedded:storage/key-value` namespace. */
export interface ReadableStore {
  /** What `read` returns and expects: "string" or "buffer". */
  format: string;
  /** Undefined: no such key. Throws TypeError when the key holds another type, and whatever went wrong when it cannot be read. */
  read(key: string): unknown;
}

/** A key's value (undefined: no such key), or that it holds another type than its namespace is read in. */
export type Found = { readonly value: unknown } | "another type";

/**
 * Reads a key, and keeps apart a key of another type and one that cannot be read.
 *
 * The error alone does not tell: the ESP32's class throws TypeError for both, because it uses the type that `nvs_find_key` is to
 * return even where that has failed. A key that can be read in the other format has another type.
 * @throws what the store threw when the key cannot be read
 */
export function readKey(store: ReadableStore, key: string): Found {
  try {
    return { value: store.read(key) };
  } catch (error) {
    if (error instanceof TypeError && hasOtherType(store, key)) return "another type";
    throw error;
  }
}

function hasOtherType(store: ReadableStore, key: string): boolean {
  const { format } = store;
  try {
    store.format = format === "string" ? "buffer" : "string";
    return store.read(key) !== undefined;
  } catch {
    return false;
  } finally {
    store.format = format;
  }
}
