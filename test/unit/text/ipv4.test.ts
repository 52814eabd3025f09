// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { formatAddress, normalizeAddress, parseAddress } from "modules/text/ipv4";

test("formatting any 32 bits and parsing the text gives the same 32 bits", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 0xffffffff }), (address) => {
      expect(parseAddress(formatAddress(address))).toBe(address);
    }),
  );
});

test.each([
  "",
  "1.2.3",
  "1.2.3.",
  "1.2.3.4.5",
  "256.1.1.1",
  "1.1.1.1000",
  "-1.2.3.4",
  "1.2.3.4 ",
  "0x1.2.3.4",
  "1..2.3",
  "a.b.c.d",
  "١.2.3.4",
])("%j is not an address: too few numbers or octets over 255 are rejected (D10)", (text) => {
  expect(parseAddress(text)).toBeUndefined();
  expect(normalizeAddress(text)).toBeUndefined();
});

test("numbers with leading zeros are decimal, and the zeros are removed", () => {
  expect(normalizeAddress("010.001.000.099")).toBe("10.1.0.99");
});
