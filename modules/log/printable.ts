// SPDX-License-Identifier: Apache-2.0

/**
 * Whether a character controls the display instead of being shown: a control character (C0, DEL, C1), a line or
 * paragraph separator, or a bidirectional control (Unicode 17, category Cc, Zl, Zp and property Bidi_Control).
 *
 * @param code the character's code point
 */
export const isControl = (code: number): boolean => {
  if (code < 0x20 || (code >= 0x7f && code <= 0x9f)) return true;
  return (
    code === 0x061c ||
    code === 0x200e ||
    code === 0x200f ||
    (code >= 0x2028 && code <= 0x202e) ||
    (code >= 0x2066 && code <= 0x2069)
  );
};

/** Makes text from outside safe for a log or a terminal: escapes control characters, for example as `\u001b`. */
export const printable = (text: string): string => {
  let result = "";
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    result += isControl(code) ? `\\u${code.toString(16).padStart(4, "0")}` : character;
  }
  return result;
};
