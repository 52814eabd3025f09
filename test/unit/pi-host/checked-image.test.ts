// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { checkedImage, TransferError, transferLength } from "../../../tools/pi-host/checked-image";

function transferOf(text: string, filler = 0): { bytes: Buffer; announced: number } {
  const image = Buffer.from(`\x02${text}\x03`);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(image.reduce((total, byte) => total + byte, 0));
  return { bytes: Buffer.concat([image, sum, Buffer.alloc(filler, 0xa5)]), announced: image.length + 4 };
}

test("the checksum is the unsigned sum with both delimiters, high byte first", () => {
  const bytes = Buffer.from([0x02, 0x41, 0xc3, 0xbf, 0x03, 0, 0, 0x01, 0xc8]); // 2 + 65 + 195 + 191 + 3 = 456
  expect(checkedImage(bytes, 9)).toBe("Aÿ");
});

test("bytes after the checksum are ignored", () => {
  fc.assert(
    fc.property(fc.string(), fc.nat(40), (text, filler) => {
      fc.pre(!/[\x02\x03\ud800-\udfff]/.test(text)); // eslint-disable-line no-control-regex
      const { bytes, announced } = transferOf(text, filler);
      expect(checkedImage(bytes, announced)).toBe(text);
    }),
  );
});

test("one wrong bit and any missing byte are detected", () => {
  const { bytes, announced } = transferOf('{"metadata":{}}');
  for (let bit = 0; bit < announced * 8; bit++) {
    const wrong = Buffer.from(bytes);
    wrong[bit >> 3] = (wrong[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    expect(() => checkedImage(wrong, announced)).toThrow(TransferError);
  }
  for (let length = 0; length < announced; length++)
    expect(() => checkedImage(bytes.subarray(0, length), announced)).toThrow(TransferError);
});

test.each([0, 255])("a line that stays at %i has no image", (level) => {
  expect(() => checkedImage(Buffer.alloc(51_985, level), 51_985)).toThrow(TransferError);
});

test("the transfer has the announced length or the next multiple of 4", () => {
  expect([8, 9, 11, 12].map((bytes) => transferLength(bytes, "exact"))).toEqual([8, 9, 11, 12]);
  expect([8, 9, 11, 12].map((bytes) => transferLength(bytes, "rounded"))).toEqual([8, 12, 12, 12]);
});
