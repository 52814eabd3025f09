// SPDX-License-Identifier: Apache-2.0

/**
 * Characters that act on a terminal or a page instead of being shown: control characters (Cc: C0, DEL, C1), bidirectional controls
 * (UAX #9: marks, embeddings, overrides, isolates), line and paragraph separators.
 */
export const UNPRINTABLE = /[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu;

/** Makes text from outside safe to print on one line: replaces what UNPRINTABLE matches by `\u001b` and the like. JSON keeps its meaning. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
