// SPDX-License-Identifier: Apache-2.0
import { isIPv4, isIPv6 } from "node:net";

export interface Address {
  host: string;
  port?: number;
}

/** @throws RangeError when the text is not a TCP port */
export function parsePort(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port < 1 || port > 65535) throw new RangeError(`"${text}" is not a port (1 to 65535)`);
  return port;
}

/** The last label of a host that the system's resolver reads as an IPv4 address, in octal and hexadecimal too. */
const NUMERIC_LABEL = /(^|\.)(\d+|0x[\da-f]*)\.?$/i;

/** @throws RangeError unless the text is four numbers from 0 to 255 without leading zeros */
export function parseIPv4(text: string): string {
  // `010` is 8 to the system's resolver and 10 to the camera.
  if (isIPv4(text)) return text;
  throw new RangeError(`"${text}" is not an IPv4 address: four numbers from 0 to 255 without leading zeros`);
}

/** An IPv6 address, with or without an interface, whose name has no ":", "/" or space on Linux; `isIPv6` refuses more. */
function isScopedIPv6(text: string): boolean {
  const [, address = ""] = /^([^%]*)(?:%[^\s%/:[\]]+)?$/.exec(text) ?? [];
  return isIPv6(address);
}

/**
 * `name`, `192.168.4.1`, `192.168.4.1:5001`, `fe80::1%eth0`, `[fe80::1%eth0]:5001`. An IPv6 address with a port stands in brackets
 * (RFC 3986).
 * @throws RangeError saying what is wrong
 */
export function parseAddress(text: string): Address {
  if (isScopedIPv6(text)) return { host: text };
  const bracketed = /^\[(.*)\](?::(.*))?$/.exec(text);
  if (bracketed && !isScopedIPv6(bracketed[1] ?? "")) throw new RangeError(`"${bracketed[1]}" is not an IPv6 address`);
  const [, host = "", port] = bracketed ?? /^([^\s:/@[\]]*)(?::([^:/]*))?$/.exec(text) ?? [];
  if (host === "")
    throw new RangeError(`"${text}" is not an address: name, IP address, or one of them with :port (IPv6 in brackets)`);
  if (!bracketed && NUMERIC_LABEL.test(host)) parseIPv4(host);
  return { host, ...(port !== undefined && { port: parsePort(port) }) };
}

/** As a user would write it. */
export function formatAddress(host: string, port: number): string {
  return isScopedIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`;
}
