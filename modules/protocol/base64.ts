// SPDX-License-Identifier: Apache-2.0

/** Base64 (RFC 4648 §4) in native code. */
export class Base64 {
  /** Throws when `text` is not padded base64. */
  static decode(text: string): Uint8Array {
    const bytes: ArrayBuffer = native("xs_base64_decode").call(this, text);
    return new Uint8Array(bytes);
  }

  static encode(bytes: Uint8Array): string {
    return native("xs_base64_encode").call(this, bytes);
  }
}
