// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { dhcpRange, firstHost, isHost, isMask } from "modules/network/addresses";
import { formatAddress, parseAddress } from "modules/text/ipv4";

const parse = (text: string): number => {
  const address = parseAddress(text);
  if (address === undefined) throw new Error(text);
  return address;
};

test("a mask is ones, then zeros, with room for two hosts", () => {
  const good = Array.from({ length: 30 }, (_, i) => formatAddress((0xffffffff << (31 - i)) >>> 0));
  expect(good[0]).toBe("128.0.0.0");
  expect(good[29]).toBe("255.255.255.252");
  for (const mask of good) expect([mask, isMask(parse(mask))]).toEqual([mask, true]);
  for (const mask of ["0.0.0.0", "255.255.255.255", "255.255.255.254", "255.0.255.0", "0.0.0.255", "255.255.255.1"])
    expect([mask, isMask(parse(mask))]).toEqual([mask, false]);
});

test("a host address is unicast, and neither its network's nor its broadcast address", () => {
  const mask = parse("255.255.255.0");
  for (const address of ["192.168.4.1", "10.0.0.254", "223.255.255.1"]) expect(isHost(parse(address), mask)).toBe(true);
  for (const address of ["0.0.0.0", "0.1.2.3", "127.0.0.1", "224.0.0.251", "255.255.255.255", "10.0.0.0", "10.0.0.255"])
    expect(isHost(parse(address), mask)).toBe(false);
});

test("the first host follows the network's address", () => {
  expect(formatAddress(firstHost(parse("10.0.1.144"), parse("255.255.255.0")))).toBe("10.0.1.1");
  expect(formatAddress(firstHost(parse("172.16.77.200"), parse("255.240.0.0")))).toBe("172.16.0.1");
  expect(formatAddress(firstHost(parse("192.168.1.254"), parse("255.255.255.252")))).toBe("192.168.1.253");
});

test.each([
  ["192.168.4.1", "192.168.4.2", "192.168.4.11"],
  ["192.168.4.254", "192.168.4.1", "192.168.4.10"],
  ["192.168.4.250", "192.168.4.1", "192.168.4.10"],
  ["192.168.4.244", "192.168.4.245", "192.168.4.254"],
])("a DHCP server at %s hands out %s to %s", (address, first, last) => {
  const range = dhcpRange(parse(address), parse("255.255.255.0"), 10);
  expect([formatAddress(range.first), formatAddress(range.last)]).toEqual([first, last]);
});

test("a DHCP range is not empty, lies in the network and excludes the server's address", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 0xffffffff }), fc.integer({ min: 1, max: 30 }), (address, bits) => {
      const mask = (0xffffffff << (32 - bits)) >>> 0;
      fc.pre(isHost(address, mask));
      const { first, last } = dhcpRange(address, mask, 10);
      expect(last).toBeGreaterThanOrEqual(first);
      expect(last - first).toBeLessThan(10);
      expect((first & mask) >>> 0).toBe((address & mask) >>> 0);
      expect((last & mask) >>> 0).toBe((address & mask) >>> 0);
      expect(first).toBeGreaterThanOrEqual(firstHost(address, mask));
      expect(last).toBeLessThan((address | ~mask) >>> 0);
      expect(address < first || address > last).toBe(true);
    }),
    { numRuns: 1_000 },
  );
});
