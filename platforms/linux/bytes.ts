// SPDX-License-Identifier: Apache-2.0

/** The bytes of an IO method's argument; for a view, its own range of the buffer. @throws TypeError for elements wider than a byte */
export const bytesOf = (value: ByteBuffer): Uint8Array => {
  if (ArrayBuffer.isView(value) && (value instanceof DataView || 1 === value.BYTES_PER_ELEMENT))
    return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  if (value instanceof ArrayBuffer || value instanceof SharedArrayBuffer) return new Uint8Array(value);
  throw new TypeError("expected a buffer");
};

export const byteLength = (value: ByteBuffer): number => bytesOf(value).byteLength;
