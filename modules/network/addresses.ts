// SPDX-License-Identifier: Apache-2.0
/** IPv4 networks. Addresses are unsigned 32-bit numbers, most significant octet first. */

/** True for a mask of leading ones with room for at least two hosts: /1 to /30. */
export const isMask = (mask: number): boolean => {
  const inverse = ~mask >>> 0;
  return (inverse & (inverse + 1)) === 0 && inverse >= 3 && mask !== 0;
};

/** True for a host address in a network of this mask: unicast, neither the network's nor its broadcast address. */
export const isHost = (address: number, mask: number): boolean => {
  const first = address >>> 24;
  if (first === 0 || first === 127 || first >= 224) return false;
  const host = (address & ~mask) >>> 0;
  return host !== 0 && host !== ~mask >>> 0;
};

/** The lowest host address of the network, by convention its router's. */
export const firstHost = (address: number, mask: number): number => ((address & mask) >>> 0) + 1;

/**
 * The address range of a DHCP server at `address`: up to `count` consecutive addresses, after the server's own as in
 * ESP-IDF, or the network's first ones if there is no room after it. Both ends included.
 */
export const dhcpRange = (address: number, mask: number, count: number): { first: number; last: number } => {
  const lowest = firstHost(address, mask);
  const highest = ((address | ~mask) >>> 0) - 1;
  const behind = highest - address;
  const before = address - lowest;
  if (behind >= Math.min(count, before)) return { first: address + 1, last: Math.min(address + count, highest) };
  return { first: lowest, last: Math.min(lowest + count, address) - 1 };
};
