// SPDX-License-Identifier: Apache-2.0
/**
 * The first bytes of an ESP32 application image (ESP-IDF, "App Image Format" and `esp_app_desc_t`): header of 24 bytes,
 * first segment's header of 8, then the application descriptor.
 */

export const IMAGE_MAGIC = 0xe9;
const CHIP_ID_ESP32 = 0;
export const DESCRIPTOR_MAGIC = 0xabcd5432;
/** Length of header and application descriptor: the minimum length of an application. */
export const HEADER_LENGTH = 288;
const Offset = Object.freeze({ chip: 12, descriptor: 32, version: 48, project: 80 } as const, true);
const TEXT_LENGTH = 32;

/** Fields of an image's header and descriptor. */
export interface ImageHeader {
  version: string;
  project: string;
}

/**
 * @param bytes the image's beginning, at least HEADER_LENGTH bytes
 * @returns the header, or the reason why it is not one of an ESP32 application
 */
export const readImageHeader = (bytes: Uint8Array): ImageHeader | string => {
  if (bytes.byteLength < HEADER_LENGTH) return `${bytes.byteLength} bytes are no application image`;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint8(0) !== IMAGE_MAGIC)
    return `no application image: it begins with ${view.getUint8(0)}, not ${IMAGE_MAGIC}`;
  const chip = view.getUint16(Offset.chip, true);
  if (chip !== CHIP_ID_ESP32) return `an image for chip ${chip}, not for the ESP32`;
  if (view.getUint32(Offset.descriptor, true) !== DESCRIPTOR_MAGIC) return "no application descriptor";
  return { version: text(bytes, Offset.version), project: text(bytes, Offset.project) };
};

const text = (bytes: Uint8Array, offset: number): string => {
  let result = "";
  for (let i = offset; i < offset + TEXT_LENGTH && bytes[i]; i++) result += String.fromCharCode(bytes[i] ?? 0);
  return result;
};
