// SPDX-License-Identifier: Apache-2.0
/** Any file in place of a firmware image: the camera's reader of headers, the client's, and that of the virtual board. */
import { createHash } from "node:crypto";
import fc from "fast-check";
import { HEADER_LENGTH, readImageHeader } from "modules/update/image-header";
import { inspectFirmwareImage, makeFirmwareImage } from "../../../simulator/board/storage/firmware-image";
import { readEspImage } from "../../../tools/tcam/esp-image";
import { FirmwareError, readFirmwareImage } from "../../../tools/tcam/firmware-image";

const image = makeFirmwareImage({ version: "4.1", size: 1008, behaviour: { crashAfter: 500 } });

interface Change {
  readonly bytes: readonly (readonly [at: number, value: number])[];
  readonly length: number;
  /** Checksum and SHA-256 fit to the changed bytes. */
  readonly fitting: boolean;
}

/** Changes of a valid image, mostly in its headers. */
const change: fc.Arbitrary<Change> = fc.record({
  bytes: fc.array(fc.tuple(fc.oneof(fc.nat(111), fc.integer({ min: 280, max: 340 }), fc.nat(1007)), fc.nat(255))),
  length: fc.oneof({ arbitrary: fc.constant(1008), weight: 4 }, fc.nat(1008)),
  fitting: fc.boolean(),
});

function changed({ bytes, length, fitting }: Change): Buffer {
  const file = Buffer.from(image);
  for (const [at, value] of bytes) file[at] = value;
  if (fitting) {
    const end = file.length - 32;
    file[end - 1] = file.subarray(32, end - 1).reduce((all, byte) => all ^ byte, 0xef);
    createHash("sha256").update(file.subarray(0, end)).digest().copy(file, end);
  }
  return file.subarray(0, length);
}

function checkReaders(file: Buffer): void {
  const header = readImageHeader(file);
  const whole = readEspImage(file);
  if (typeof header === "string") expect(typeof whole).toBe("string");
  if (typeof whole !== "string") {
    expect(header).toEqual({ version: whole.version, project: whole.project });
    expect(whole.length).toBeLessThanOrEqual(file.length);
  }
  expect(typeof inspectFirmwareImage(file)).toBe(typeof whole);
  try {
    expect(readFirmwareImage(file).imageLength).toBeLessThanOrEqual(file.length);
  } catch (error) {
    expect(error).toBeInstanceOf(FirmwareError);
  }
}

test("any file is read or refused with a reason, and all readers agree about its header", () => {
  fc.assert(
    fc.property(change, (one) => checkReaders(changed(one))),
    { numRuns: 500 },
  );
  fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => checkReaders(Buffer.from(bytes))));
});

test("a file shorter than header and descriptor is no image", () => {
  for (let length = 0; length < HEADER_LENGTH; length++)
    expect(readImageHeader(image.subarray(0, length))).toBe(`${length} bytes are no application image`);
  expect(readImageHeader(image.subarray(0, HEADER_LENGTH))).toEqual({ version: "4.1", project: "tCamMini" });
});
