// SPDX-License-Identifier: Apache-2.0
/**
 * A domain name in wire form without compression, one character per byte: "\x04tCam\x05local\x00".
 * Names with any label bytes can be compared, concatenated and stored as ordinary strings.
 */
export type DomainName = string;

/** RFC 1035 §2.3.4. */
const LABEL_BYTES = 63;
export const NAME_BYTES = 255;

/** Builds a name from labels, each UTF-8 text. Labels longer than 63 bytes are truncated at a character boundary. */
export const domainName = (...labels: readonly string[]): DomainName =>
  labels.map((label) => labelBytes(label)).join("") + "\0";

/** Compares two names, ignoring the case of ASCII letters (RFC 6762 §16). */
export const sameName = (a: DomainName, b: DomainName): boolean => {
  // Length bytes are below 0x40, so they are never letters.
  return a === b || (a.length === b.length && lowerCase(a) === lowerCase(b));
};

/** UTF-8 bytes of a text, as numbers. */
export const utf8 = (text: string): number[] => {
  const bytes: number[] = [];
  for (const character of text) utf8Character(character.codePointAt(0) ?? 0, bytes);
  return bytes;
};

const labelBytes = (text: string): string => {
  let bytes: number[] = [];
  for (const character of text) {
    const longer = [...bytes, ...utf8(character)];
    if (longer.length > LABEL_BYTES) break;
    bytes = longer;
  }
  return String.fromCharCode(bytes.length, ...bytes);
};

const utf8Character = (code: number, bytes: number[]): void => {
  if (code < 0x80) {
    bytes.push(code);
  } else if (code < 0x800) {
    bytes.push(0xc0 | (code >> 6), 0x80 | (code & 0x3f));
  } else if (code < 0x10000) {
    // A lone surrogate is replaced by U+FFFD.
    const scalar = code >= 0xd800 && code < 0xe000 ? 0xfffd : code;
    bytes.push(0xe0 | (scalar >> 12), 0x80 | ((scalar >> 6) & 0x3f), 0x80 | (scalar & 0x3f));
  } else {
    bytes.push(0xf0 | (code >> 18), 0x80 | ((code >> 12) & 0x3f), 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f));
  }
};

const lowerCase = (name: DomainName): DomainName => name.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
