// SPDX-License-Identifier: Apache-2.0
/** IPv4 addresses as text and as unsigned 32-bit numbers, most significant octet first. */

/** @returns the number, or undefined unless the text is four decimal octets of 0–255 */
export const parseAddress = (text: string): number | undefined => {
  const octets = text.split(".");
  if (octets.length !== 4) return undefined;
  let address = 0;
  for (const octet of octets) {
    if (!/^[0-9]{1,3}$/.test(octet) || Number(octet) > 255) return undefined;
    address = address * 256 + Number(octet);
  }
  return address;
};

/** Dotted decimal, no leading zeros. */
export const formatAddress = (address: number): string =>
  `${address >>> 24}.${(address >>> 16) & 255}.${(address >>> 8) & 255}.${address & 255}`;

/** The address without leading zeros (`010` is 10, never octal), or undefined if it is not an address. */
export const normalizeAddress = (text: string): string | undefined => {
  const address = parseAddress(text);
  return address === undefined ? undefined : formatAddress(address);
};
