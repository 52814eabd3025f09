// SPDX-License-Identifier: Apache-2.0

/** The bytes an IO method's argument stands for: of a view its own range, not its whole buffer. Wider elements than bytes are a TypeError. */
export function bytesOf(value: ByteBuffer): Uint8Array {
  if (ArrayBuffer.isView(value) && (value instanceof DataView || 1 === value.BYTES_PER_ELEMENT))
    return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  if (value instanceof ArrayBuffer || value instanceof SharedArrayBuffer) return new Uint8Array(value);
  throw new TypeError("this is no buffer");
}

export function byteLength(value: ByteBuffer): number {
  return bytesOf(value).byteLength;
}
