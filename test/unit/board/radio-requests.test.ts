// SPDX-License-Identifier: Apache-2.0
/** Any request of the firmware to the radio. */
import fc from "fast-check";
import { parseRadioRequest, RadioError } from "../../../simulator/board/radio-requests";

const REQUESTS: readonly Readonly<Record<string, unknown>>[] = [
  { do: "scan" },
  { do: "disconnect" },
  { do: "connect", ssid: "home", password: "12345678" },
  { do: "configure", static: { address: "10.0.0.2", mask: "255.0.0.0", gateway: "10.0.0.1" } },
  { do: "configure", static: false },
  { do: "access-point", ssid: "tCam", password: "", channel: 1, max: 4, address: "10.0.0.1", mask: "255.0.0.0" },
  { do: "access-point", stop: true },
];
const value = fc.oneof(
  fc.constantFrom<unknown>(
    undefined,
    null,
    "",
    0,
    14,
    1.5,
    "x".repeat(33),
    "ä".repeat(17),
    "f".repeat(64),
    "256.1.1.1",
    {},
  ),
  fc.jsonValue(),
);

test("a request with any field changed is complete, or refused with a reason", () => {
  const request = fc
    .constantFrom(...REQUESTS)
    .chain((fields) =>
      fc.tuple(fc.constantFrom(...Object.keys(fields), "stop"), value).map(([key, one]) => ({ ...fields, [key]: one })),
    );
  fc.assert(
    fc.property(request, (fields) => {
      try {
        const parsed = parseRadioRequest(fields);
        if (parsed.do === "connect" || (parsed.do === "access-point" && parsed.start)) {
          const { ssid, password } =
            parsed.do === "connect" ? parsed : (parsed.start as { ssid: string; password: string });
          expect(Buffer.byteLength(ssid)).toBeGreaterThan(0);
          expect(Buffer.byteLength(ssid)).toBeLessThanOrEqual(32);
          expect(Buffer.byteLength(password)).toBeLessThanOrEqual(64);
        }
        if (parsed.do === "configure" && parsed.static)
          for (const address of Object.values(parsed.static)) expect(address).toMatch(/^\d+\.\d+\.\d+\.\d+$/);
      } catch (error) {
        if (!(error instanceof RadioError)) throw error;
        expect(error.message).not.toBe("");
      }
    }),
    { numRuns: 500 },
  );
  for (const fields of REQUESTS) expect(parseRadioRequest(fields).do).toBe(fields["do"]);
});
