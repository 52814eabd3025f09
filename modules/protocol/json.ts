// SPDX-License-Identifier: Apache-2.0

/** Conversion between texts and their UTF-8 bytes. Native on the device, TextEncoder and TextDecoder elsewhere. */
export interface TextCodec {
  /** May throw, or return anything, if `bytes` is not UTF-8. */
  decode(bytes: Uint8Array): string;
  encode(text: string): Uint8Array;
}

/** Nesting limit of a command. The commands need 2; clients may add keys. */
export const NESTING_LIMIT = 16;

/**
 * Limit of the values in a command, estimated from commas and brackets: each value takes memory. The commands need 12.
 */
export const VALUES_LIMIT = 512;

const COMMA = 0x2c;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN = new Set([0x7b, 0x5b]); // { [
const CLOSE = new Set([0x7d, 0x5d]); // } ]

/**
 * Decodes a command's text so that JSON.parse is safe on it: valid UTF-8, without NUL, nested no deeper than
 * NESTING_LIMIT (the engine's parser recurses on the native stack), with no more than VALUES_LIMIT values (12 KB of
 * `[{},{},…` would take twenty times as much memory). Returns undefined for other bytes. The result need not be valid
 * JSON.
 */
export function commandText(bytes: Uint8Array, codec: TextCodec): string | undefined {
  if (!isBounded(bytes, NESTING_LIMIT, VALUES_LIMIT)) return undefined;
  let text: string;
  try {
    text = codec.decode(bytes);
  } catch {
    return undefined;
  }
  // Engines differ in what they accept or replace. If the text has as many characters as bytes and no replacement
  // character, all of it is ASCII.
  const ascii = text.length === bytes.length && !text.includes("\ufffd") && !text.includes("\0");
  return ascii || isStrictUTF8(bytes) ? text : undefined;
}

/**
 * True if no brace or bracket outside a string is nested deeper than `nesting`, and there are at most `values` values.
 */
export function isBounded(bytes: Uint8Array, nesting: number, values: number): boolean {
  let depth = 0;
  let count = 1;
  for (let index = 0; index < bytes.length; index++) {
    const byte = bytes[index] as number;
    if (byte === QUOTE) index = endOfString(bytes, index);
    else if (byte === COMMA) count += 1;
    else if (OPEN.has(byte)) {
      count += 1;
      if (++depth > nesting) return false;
    } else if (CLOSE.has(byte)) depth -= 1;
    if (count > values) return false;
  }
  return true;
}

/** Position of the closing quote of the string that starts at `start`, or the end of the bytes. */
function endOfString(bytes: Uint8Array, start: number): number {
  for (let from = start + 1; ;) {
    const quote = bytes.indexOf(QUOTE, from);
    if (quote < 0) return bytes.length;
    let backslashes = 0;
    while (bytes[quote - 1 - backslashes] === BACKSLASH) backslashes += 1;
    if (backslashes % 2 === 0) return quote;
    from = quote + 1;
  }
}

/**
 * UTF-8 as in RFC 3629 §4: no overlong forms, no surrogates, nothing above U+10FFFF. Also rejects NUL, which JSON does
 * not need.
 */
export function isStrictUTF8(bytes: Uint8Array): boolean {
  for (let index = 0; index < bytes.length;) {
    const first = bytes[index] as number;
    const length = first < 0x80 ? 1 : first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
    if (length === 0 || first === 0 || index + length > bytes.length) return false;
    for (let offset = 1; offset < length; offset++) {
      const next = bytes[index + offset] as number;
      const low = offset > 1 ? 0x80 : first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
      const high = offset > 1 ? 0xbf : first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
      if (next < low || next > high) return false;
    }
    index += length;
  }
  return true;
}
