// SPDX-License-Identifier: Apache-2.0
/** WPA2 pre-shared keys. */
import { pbkdf2Sync } from "node:crypto";

const ITERATIONS = 4096;
const KEY_BYTES = 32;

/** Whether a password is the key itself: 64 hexadecimal digits. */
export function isKey(password: string): boolean {
  return /^[0-9a-f]{64}$/i.test(password);
}

/**
 * The key of a password on the network `ssid`: PBKDF2 with HMAC-SHA-1, salted with the SSID (IEEE 802.11, J.4.1).
 * @returns 64 hexadecimal digits in lower case; empty for the empty password of an open network
 */
export function keyOf(password: string, ssid: string): string {
  if (password === "" || isKey(password)) return password.toLowerCase();
  return pbkdf2Sync(password, ssid, ITERATIONS, KEY_BYTES, "sha1").toString("hex");
}

/** Whether a station with the password `given` can join the network `ssid`, whose password is `wanted`. */
export function opens(given: string, wanted: string, ssid: string): boolean {
  return given === wanted || keyOf(given, ssid) === keyOf(wanted, ssid);
}
