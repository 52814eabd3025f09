// SPDX-License-Identifier: Apache-2.0

/**
 * What a terminal or a browser would obey instead of showing: control characters (Cc: C0, DEL, C1), bidirectional controls
 * (UAX #9: marks, embeddings, overrides, isolates), line and paragraph separators.
 */
export const UNPRINTABLE = /[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu;

/** Text from outside, made safe to print on one line: what UNPRINTABLE matches appears as `\u001b`. JSON keeps its meaning. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
