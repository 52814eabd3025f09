// SPDX-License-Identifier: Apache-2.0

/** Encodes texts in UTF-8. Native on the device, TextEncoder elsewhere. */
export interface TextCodec {
  encode(text: string): Uint8Array;
}

/** The engine's text codec: XS stores strings in UTF-8, so encoding is a copy. */
export const engineText: TextCodec = Object.freeze(
  {
    encode: (text) => new Uint8Array(ArrayBuffer.fromString(text)),
  },
  true,
);
