// SPDX-License-Identifier: Apache-2.0
import type { TextCodec } from "./json";

/** Texts and UTF-8 as the engine has them: XS keeps its strings in UTF-8, so both ways are a copy. */
export const engineText: TextCodec = Object.freeze(
  {
    decode: (bytes) => String.fromArrayBuffer(bytes.slice().buffer),
    encode: (text) => new Uint8Array(ArrayBuffer.fromString(text)),
  },
  true,
);
