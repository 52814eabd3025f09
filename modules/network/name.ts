// SPDX-License-Identifier: Apache-2.0
import { isControl } from "modules/log/log";

/** Replaces a name with no usable characters. */
const NAMELESS = "tCam-Mini";

/**
 * The camera's factory name, which is its access point's SSID: `tCam-Mini-` and the last four hexadecimal digits, upper
 * case, of the soft-AP MAC address. That is the base address with one added to its last byte, without carry.
 *
 * @param mac the base address, `c4:dd:57:00:ef:b4`
 */
export const cameraName = (mac: string): string => {
  const bytes = mac.split(":").map((byte) => parseInt(byte, 16));
  if (bytes.length !== 6 || bytes.some((byte) => !(byte >= 0 && byte <= 255)))
    throw new Error(`MAC address: expected six octets, got "${mac}"`);
  const [fifth = 0, sixth = 0] = bytes.slice(4);
  return `tCam-Mini-${hexadecimal(fifth)}${hexadecimal((sixth + 1) & 255)}`;
};

/** The name as a host name: letters, digits and hyphens. Other characters of an SSID become hyphens. */
export const hostName = (name: string): string => {
  const host = name
    .replace(/[^A-Za-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 32);
  return host === "" ? NAMELESS : host;
};

/**
 * The name as DNS-SD announces it. A service's name has no control characters (RFC 6763 §4.1.1), and bidirectional
 * controls would reorder the surrounding text in a list of services. Each run of such characters, with the spaces
 * around it, becomes one space. Other names do not change.
 */
export const instanceName = (name: string): string => {
  const parts = [""];
  for (const character of name) {
    if (isControl(character.codePointAt(0) ?? 0)) parts.push("");
    else parts.push((parts.pop() ?? "") + character);
  }
  if (parts.length === 1) return name;
  const words = parts.map((part) => part.trim()).filter((part) => part !== "");
  return words.length === 0 ? NAMELESS : words.join(" ");
};

const hexadecimal = (byte: number): string => byte.toString(16).toUpperCase().padStart(2, "0");
