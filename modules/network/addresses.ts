// SPDX-License-Identifier: Apache-2.0
/** IPv4 addresses as unsigned 32-bit numbers, most significant octet first. */

/** @returns the number, or undefined for anything but four decimal octets of 0–255 */
export function parseAddress(text: string): number | undefined {
  const octets = text.split(".");
  if (octets.length !== 4) return undefined;
  let address = 0;
  for (const octet of octets) {
    if (!/^[0-9]{1,3}$/.test(octet) || Number(octet) > 255) return undefined;
    address = address * 256 + Number(octet);
  }
  return address;
}

/** Dotted decimal, no leading zeros. */
export function formatAddress(address: number): string {
  return `${address >>> 24}.${(address >>> 16) & 255}.${(address >>> 8) & 255}.${address & 255}`;
}

/** The address with leading zeros removed, or undefined when it is none. */
export function normalizeAddress(text: string): string | undefined {
  const address = parseAddress(text);
  return address === undefined ? undefined : formatAddress(address);
}

/** Ones from the top and then zeros, leaving room for two hosts at least: /1 to /30. */
export function isMask(mask: number): boolean {
  const inverse = ~mask >>> 0;
  return (inverse & (inverse + 1)) === 0 && inverse >= 3 && mask !== 0;
}

/** An address a device may have in a network of this mask: unicast, and neither the network nor its broadcast address. */
export function isHost(address: number, mask: number): boolean {
  const first = address >>> 24;
  if (first === 0 || first === 127 || first >= 224) return false;
  const host = (address & ~mask) >>> 0;
  return host !== 0 && host !== ~mask >>> 0;
}

/** The lowest host address of the network, by custom its router's. */
export function firstHost(address: number, mask: number): number {
  return ((address & mask) >>> 0) + 1;
}

/**
 * The addresses a DHCP server at `address` hands out: up to `count` in a row, after its own as ESP-IDF does,
 * or the network's first ones where there is no room behind it. Both ends included.
 */
export function dhcpRange(address: number, mask: number, count: number): { first: number; last: number } {
  const lowest = firstHost(address, mask);
  const highest = ((address | ~mask) >>> 0) - 1;
  const behind = highest - address;
  const before = address - lowest;
  if (behind >= Math.min(count, before)) return { first: address + 1, last: Math.min(address + count, highest) };
  return { first: lowest, last: Math.min(lowest + count, address) - 1 };
}
