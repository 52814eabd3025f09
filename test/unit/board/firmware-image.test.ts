// SPDX-License-Identifier: Apache-2.0
import { makeFirmwareImage, inspectFirmwareImage } from "../../../simulator/board/storage/firmware-image";

test("an image made is an image read", () => {
  const image = makeFirmwareImage({ version: "4.1", size: 100_000, behaviour: { crashAfter: 500 } });
  expect(image.length).toBe(100_000);
  expect(inspectFirmwareImage(image)).toEqual({
    version: "4.1",
    project: "tCamMini",
    size: 100_000,
    behaviour: { crashAfter: 500 },
  });
});

test("the layout is the one update clients read", () => {
  const image = makeFirmwareImage({ version: "4.1" });
  expect(image[0]).toBe(0xe9);
  expect(image.readUInt32LE(0x20)).toBe(0xabcd5432);
  expect(image.toString("utf8", 0x30, 0x34)).toBe("4.1\0");
  expect(image.toString("utf8", 0x50, 0x59)).toBe("tCamMini\0");
});

test.each([900, 1000, 4097, 65_535, 2_097_152])("an image of about %d bytes is whole", (size) => {
  const image = makeFirmwareImage({ version: "1.0", size });
  expect(image.length).toBe(Math.ceil(size / 16) * 16);
  expect(inspectFirmwareImage(image)).toMatchObject({ size: image.length });
});

test("what follows the image in its partition does not matter", () => {
  const image = makeFirmwareImage({ version: "4.1" });
  expect(inspectFirmwareImage(Buffer.concat([image, Buffer.alloc(5000, 0xff)]))).toMatchObject({
    version: "4.1",
    size: image.length,
  });
});

test("any one changed byte of the body is noticed", () => {
  const image = makeFirmwareImage({ version: "4.1", size: 2048 });
  for (let at = 0x20; at < image.length; at += 61) {
    const changed = Buffer.from(image);
    changed[at] = (changed[at] as number) ^ 0x10;
    expect(typeof inspectFirmwareImage(changed)).toBe("string");
  }
});

test.each([
  ["erased flash", Buffer.alloc(4096, 0xff)],
  ["zeros", Buffer.alloc(4096)],
  ["nothing", Buffer.alloc(0)],
  ["an image for another chip", makeFirmwareImage({ version: "1", chip: 5 })],
  ["an image cut short", makeFirmwareImage({ version: "1" }).subarray(0, 30_000)],
])("%s is no image", (_name, bytes) => {
  expect(typeof inspectFirmwareImage(bytes)).toBe("string");
});
