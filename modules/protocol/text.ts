// SPDX-License-Identifier: Apache-2.0
import type { TextCodec } from "./json";

/** The engine's text codec: XS stores strings in UTF-8, so both directions are a copy. */
export const engineText: TextCodec = Object.freeze(
  {
    decode: (bytes) => String.fromArrayBuffer(bytes.slice().buffer),
    encode: (text) => new Uint8Array(ArrayBuffer.fromString(text)),
  },
  true,
);
