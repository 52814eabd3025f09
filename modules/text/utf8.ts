// SPDX-License-Identifier: Apache-2.0

/**
 * Length of `text` in UTF-8 bytes (RFC 3629), or undefined if it has no encoding (a lone surrogate) or contains NUL,
 * which ends texts in C. A text of more than `limit` characters is not read: it has at least that many bytes.
 */
export const utf8Length = (text: string, limit: number): number | undefined => {
  if (text.length > limit) return text.length;
  let bytes = 0;
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    if (code === 0 || (code >= 0xd800 && code <= 0xdfff)) return undefined;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  }
  return bytes;
};
