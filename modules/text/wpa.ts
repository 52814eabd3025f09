// SPDX-License-Identifier: Apache-2.0

const KEY_DIGITS = 64;
const HEXADECIMAL = "0123456789abcdefABCDEF";

/**
 * Whether a password is a WPA2 key: 64 hexadecimal digits, one more than the byte limit of a passphrase (IEEE 802.11,
 * J.4.1).
 */
export const isWpaKey = (password: string): boolean => {
  if (password.length !== KEY_DIGITS) return false;
  for (const digit of password) if (!HEXADECIMAL.includes(digit)) return false;
  return true;
};
