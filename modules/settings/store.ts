// SPDX-License-Identifier: Apache-2.0

/** The part of an open `embedded:storage/key-value` namespace that reading needs. */
export interface ReadableStore {
  /** Type of the values: "string" or "buffer". */
  format: string;
  /**
   * Undefined: no such key. Throws TypeError if the key holds another type, or the storage error if it cannot be read.
   */
  read(key: string): unknown;
}

/** A key's value (undefined: no such key), or "another type" if it does not have the type of the namespace's format. */
export type Found = { readonly value: unknown } | "another type";

/**
 * Reads a key, and distinguishes a key of another type from one that cannot be read.
 *
 * The error alone is ambiguous: the ESP32's class throws TypeError for both, because it uses the output type of
 * `nvs_find_key` even if that call failed. A key that can be read in the other format has another type.
 * @throws the store's error if the key cannot be read
 */
export const readKey = (store: ReadableStore, key: string): Found => {
  try {
    return { value: store.read(key) };
  } catch (error) {
    if (error instanceof TypeError && hasOtherType(store, key)) return "another type";
    throw error;
  }
};

const hasOtherType = (store: ReadableStore, key: string): boolean => {
  const { format } = store;
  try {
    store.format = format === "string" ? "buffer" : "string";
    return store.read(key) !== undefined;
  } catch {
    return false;
  } finally {
    store.format = format;
  }
};
