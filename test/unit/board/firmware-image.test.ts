// SPDX-License-Identifier: Apache-2.0
import { createHash } from "node:crypto";
import { makeFirmwareImage, inspectFirmwareImage } from "../../../simulator/board/storage/firmware-image";

test("a firmware image is read as it was made", () => {
  const image = makeFirmwareImage({ version: "4.1", size: 100_000, behaviour: { crashAfter: 500 } });
  expect(image.length).toBe(100_000);
  expect(inspectFirmwareImage(image)).toEqual({
    version: "4.1",
    project: "tCamMini",
    size: 100_000,
    behaviour: { crashAfter: 500 },
  });
});

test("the layout is that of the update clients", () => {
  const image = makeFirmwareImage({ version: "4.1" });
  expect(image[0]).toBe(0xe9);
  expect(image.readUInt32LE(0x20)).toBe(0xabcd5432);
  expect(image.toString("utf8", 0x30, 0x34)).toBe("4.1\0");
  expect(image.toString("utf8", 0x50, 0x59)).toBe("tCamMini\0");
});

test.each([900, 1000, 4097, 65_535, 2_097_152])("a firmware image of about %d bytes is valid", (size) => {
  const image = makeFirmwareImage({ version: "1.0", size });
  expect(image.length).toBe(Math.ceil(size / 16) * 16);
  expect(inspectFirmwareImage(image)).toMatchObject({ size: image.length });
});

test("bytes behind the firmware image in its partition do not matter", () => {
  const image = makeFirmwareImage({ version: "4.1" });
  expect(inspectFirmwareImage(Buffer.concat([image, Buffer.alloc(5000, 0xff)]))).toMatchObject({
    version: "4.1",
    size: image.length,
  });
});

test("one changed byte of the body is detected", () => {
  const image = makeFirmwareImage({ version: "4.1", size: 2048 });
  for (let at = 0x20; at < image.length; at += 61) {
    const changed = Buffer.from(image);
    changed[at] = (changed[at] as number) ^ 0x10;
    expect(typeof inspectFirmwareImage(changed)).toBe("string");
  }
});

test("a behaviour that is not JSON is empty", () => {
  const image = makeFirmwareImage({ version: "4.1", behaviour: { crashAfter: 500 } });
  const brace = image.indexOf('{"crashAfter"');
  image[brace] = 0x20;
  const end = image.length - 32;
  image[end - 1] = (image[end - 1] as number) ^ 0x7b ^ 0x20;
  createHash("sha256").update(image.subarray(0, end)).digest().copy(image, end);
  expect(inspectFirmwareImage(image)).toMatchObject({ version: "4.1", behaviour: {} });
});

test.each([
  ["erased flash", Buffer.alloc(4096, 0xff)],
  ["zeros", Buffer.alloc(4096)],
  ["nothing", Buffer.alloc(0)],
  ["a firmware image for another chip", makeFirmwareImage({ version: "1", chip: 5 })],
  ["a truncated firmware image", makeFirmwareImage({ version: "1" }).subarray(0, 30_000)],
])("%s is no image", (_name, bytes) => {
  expect(typeof inspectFirmwareImage(bytes)).toBe("string");
});
