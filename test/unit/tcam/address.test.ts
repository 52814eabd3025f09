// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { type Address, formatAddress, parseAddress, parsePort } from "../../../tools/tcam/address";

test.each<[string, Address]>([
  ["camera.local", { host: "camera.local" }],
  ["127.0.0.1", { host: "127.0.0.1" }],
  ["127.0.0.1:5001", { host: "127.0.0.1", port: 5001 }],
  ["camera4.local", { host: "camera4.local" }],
  ["4.camera.local", { host: "4.camera.local" }],
  ["camera:65535", { host: "camera", port: 65535 }],
  ["::1", { host: "::1" }],
  ["fe80::1%eth0", { host: "fe80::1%eth0" }],
  ["[::1]", { host: "::1" }],
  ["[fe80::1%eth0]:5001", { host: "fe80::1%eth0", port: 5001 }],
  ["[::ffff:192.168.4.1]:5001", { host: "::ffff:192.168.4.1", port: 5001 }],
  ["fe80::1%br_lan.10", { host: "fe80::1%br_lan.10" }],
  ["[fe80::1%eth0.100]", { host: "fe80::1%eth0.100" }],
  ["[fe80::1%vlan_100]:5001", { host: "fe80::1%vlan_100", port: 5001 }],
  ["[fe80::1%eth0.100]:5001", { host: "fe80::1%eth0.100", port: 5001 }],
])("%s is parsed", (text, address) => expect(parseAddress(text)).toEqual(address));

test.each([
  ["", '"" is not an address'],
  [":5001", "is not an address"],
  [" ", "is not an address"],
  ["http://camera", "is not an address"],
  ["me@camera", "is not an address"],
  ["1.2.3.4:5001:2", "is not an address"],
  ["[camera]:5001", '"camera" is not an IPv6 address'],
  ["[]", "is not an IPv6 address"],
  ["[fe80::1%]", '"fe80::1%" is not an IPv6 address'],
  ["[fe80::1%a%b]", "is not an IPv6 address"],
  ["[192.168.4.1%eth0]", "is not an IPv6 address"],
  ["fe80::1%eth0:5001", "is not an address"],
  ["[::1]5001", "is not an address"],
  ["camera:", '"" is not a port'],
  ["camera:0", '"0" is not a port'],
  ["camera:65536", '"65536" is not a port'],
  ["[::1]:x", '"x" is not a port'],
  ["01.2.3.4", '"01.2.3.4" is not an IPv4 address'],
  ["192.168.4.010:5001", "is not an IPv4 address"],
  ["192.168.4.256", "is not an IPv4 address"],
  ["192.168.4", "is not an IPv4 address"],
  ["3232236545", "is not an IPv4 address"],
  ["192.168.4.0x1", "is not an IPv4 address"],
  ["192.168.4.1.", "is not an IPv4 address"],
])("%j is rejected", (text, message) => expect(() => parseAddress(text)).toThrow(message));

test.each(["", "0", "65536", "1.5", "-1", "0x10", "1e3", " 1"])("port %j is rejected", (text) =>
  expect(() => parsePort(text)).toThrow(RangeError),
);

test("an IPv6 address is shown in brackets", () => {
  expect(formatAddress("camera", 5001)).toBe("camera:5001");
  expect(formatAddress("::1", 5001)).toBe("[::1]:5001");
});

test("any text is an address that comes back as it was written, or is refused", () => {
  const part = fc.constantFrom(
    "camera",
    "1",
    "256",
    ".",
    ":",
    "::",
    "[",
    "]",
    "%",
    "0x",
    "5001",
    "fe80",
    " ",
    "@",
    "ä",
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.array(part, { maxLength: 8 }).map((parts) => parts.join("")),
        fc.string(),
      ),
      (text) => {
        let address: Address;
        try {
          address = parseAddress(text);
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError);
          return;
        }
        const { host, port = 5001 } = address;
        expect(parseAddress(formatAddress(host, port))).toEqual({ host, port });
      },
    ),
    { numRuns: 1_000 },
  );
});
