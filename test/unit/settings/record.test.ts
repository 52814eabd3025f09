// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { decodeCopy, encodeCopy } from "modules/settings/record";

test("a copy reads back as it was written, with its number", () => {
  fc.assert(
    fc.property(fc.nat(), fc.dictionary(fc.string({ minLength: 1 }), fc.string()), (sequence, values) => {
      const whole: Record<string, unknown> = { ...values };
      expect(decodeCopy(encodeCopy(sequence, whole))).toEqual({ sequence, values: JSON.parse(JSON.stringify(whole)) });
    }),
  );
});

test("any character changed to any other one, in the low or the high half of its code unit, is noticed", () => {
  const text = encodeCopy(7, { name: "Łódź", flags: 145 });
  for (let at = 0; at < text.length; at++) {
    for (let bit = 0; bit < 16; bit++) {
      const changed = text.slice(0, at) + String.fromCharCode(text.charCodeAt(at) ^ (1 << bit)) + text.slice(at + 1);
      expect(decodeCopy(changed)).toBeUndefined();
    }
  }
});

test("a copy that was cut anywhere is none", () => {
  const text = encodeCopy(7, { emissivity: 95 });
  for (let length = 0; length < text.length; length++) expect(decodeCopy(text.slice(0, length))).toBeUndefined();
});
