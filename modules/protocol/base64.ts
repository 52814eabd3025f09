// SPDX-License-Identifier: Apache-2.0

/** Base64 (RFC 4648 §4) in native code. */
export class Base64 {
  /** Throws when `text` is not padded base64. */
  static decode(text: string): Uint8Array {
    return new Uint8Array(Base64.decodeBuffer(text));
  }

  /** A separate function, so that the SDK links it into flash. */
  static decodeBuffer(text: string): ArrayBuffer {
    return native("xs_base64_decode").call(this, text);
  }

  static encode(bytes: Uint8Array): string {
    return native("xs_base64_encode").call(this, bytes);
  }
}
