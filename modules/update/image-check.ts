// SPDX-License-Identifier: Apache-2.0

/** Checks an application image of the ESP32 while it arrives: segments, checksum and SHA-256. */
export class ImageCheck extends Native("xs_image_check_destructor") {
  constructor() {
    super();
    native("xs_image_check").call(this);
  }

  /** Takes the image's next bytes. */
  take(bytes: Uint8Array): void {
    native("xs_image_check_take").call(this, bytes);
  }

  /** Bytes of the image with its SHA-256, once they were taken and are right; otherwise 0. */
  get length(): number {
    return native("xs_image_check_get_length").call(this);
  }
}
