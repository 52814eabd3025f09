// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { decodeCopy, encodeCopy } from "modules/settings/record";

test("a copy decodes to its values and sequence number", () => {
  fc.assert(
    fc.property(fc.nat(), fc.dictionary(fc.string({ minLength: 1 }), fc.string()), (sequence, values) => {
      const copied: Record<string, unknown> = { ...values };
      expect(decodeCopy(encodeCopy(sequence, copied))).toEqual({
        sequence,
        values: JSON.parse(JSON.stringify(copied)),
      });
    }),
  );
});

test("one wrong bit in any character is detected", () => {
  const text = encodeCopy(7, { name: "Łódź", flags: 145 });
  for (let at = 0; at < text.length; at++) {
    for (let bit = 0; bit < 16; bit++) {
      const changed = text.slice(0, at) + String.fromCharCode(text.charCodeAt(at) ^ (1 << bit)) + text.slice(at + 1);
      expect(decodeCopy(changed)).toBeUndefined();
    }
  }
});

test("a truncated copy is rejected", () => {
  const text = encodeCopy(7, { emissivity: 95 });
  for (let length = 0; length < text.length; length++) expect(decodeCopy(text.slice(0, length))).toBeUndefined();
});
