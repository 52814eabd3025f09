// SPDX-License-Identifier: Apache-2.0
import { createHash } from "node:crypto";
import { makeFirmwareImage } from "../../../simulator/board/storage/firmware-image";
import { Offset, readEspImage } from "../../../tools/tcam/esp-image";

const image = makeFirmwareImage({ version: "4.1", size: 1008 });

/** The image with some bytes changed and its SHA-256 computed again. */
function changed(change: (bytes: Buffer) => void): Buffer {
  const bytes = Buffer.from(image);
  change(bytes);
  createHash("sha256")
    .update(bytes.subarray(0, -32))
    .digest()
    .copy(bytes, bytes.length - 32);
  return bytes;
}

test("an image of two segments ends after the second", () => {
  const two = changed((bytes) => {
    bytes[Offset.segmentCount] = 2;
    const length = bytes.readUInt32LE(28);
    // The second header replaces bytes of the first segment, which no longer count in the checksum.
    bytes.writeUInt32LE(length - 108, 28);
    const header = 32 + length - 108;
    const sum = bytes.subarray(header, header + 8).reduce((all, byte) => all ^ byte, 0);
    bytes.writeUInt32LE(0x40080000, header);
    bytes.writeUInt32LE(100, header + 4);
    bytes[bytes.length - 33] = (bytes[bytes.length - 33] ?? 0) ^ sum;
  });
  expect(readEspImage(two)).toEqual({ version: "4.1", project: "tCamMini", length: 1008, hashed: true });
});

test("an image without a SHA-256 is as long as its segments and checksum", () => {
  const unhashed = Buffer.from(image.subarray(0, -32));
  unhashed[Offset.hashAppended] = 0;
  expect(readEspImage(unhashed)).toMatchObject({ length: 976, hashed: false });
});

test.each<[string, Buffer, string]>([
  ["no segments", changed((bytes) => void (bytes[1] = 0)), "0 segments, not 1 to 16"],
  ["17 segments", changed((bytes) => void (bytes[1] = 17)), "17 segments, not 1 to 16"],
  ["a segment of 4 GB", changed((bytes) => void bytes.writeUInt32LE(0xffffffff, 28)), "of which only 1008 are there"],
  ["a second segment that begins after the end", changed((bytes) => void bytes.writeUInt8(2, 1)), "of which only 1008"],
  [
    "a segment that is not whole words",
    changed((bytes) => {
      const length = bytes.readUInt32LE(28);
      bytes.writeUInt32LE(length - 1, 28);
      bytes[bytes.length - 33] = (bytes[bytes.length - 33] ?? 0) ^ (bytes[32 + length - 1] ?? 0);
    }),
    "bytes, not whole words",
  ],
  ["a wrong checksum", changed((bytes) => void (bytes[500] = (bytes[500] ?? 0) ^ 1)), "checksum does not fit"],
  ["a wrong SHA-256", Buffer.from(image).fill(0, 1000), "SHA-256 does not fit"],
])("an image with %s is rejected", (_, bytes, message) => {
  expect(readEspImage(bytes)).toContain(message);
});
