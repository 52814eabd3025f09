// SPDX-License-Identifier: Apache-2.0
import type { Frame } from "modules/camera/frame";

/** What makes an image packet, piece by piece: see ImageEncoder. */
export interface Encoder {
  start(frame: Frame, metadata: string): number;
  read(target: Uint8Array): number;
  checksum(): number;
}

/**
 * Makes the image packet of a frame, `0x02 {"metadata":…,"radiometric":"…","telemetry":"…"} 0x03`, in native code:
 * pixels and telemetry as base64 of 16-bit little-endian words. The whole text never exists anywhere.
 * One encoder serves one packet at a time, and any number one after another.
 */
export class ImageEncoder extends Native("xs_image_encoder_destructor") implements Encoder {
  constructor() {
    super();
    native("xs_image_encoder").call(this);
  }

  /**
   * Begins a packet. The frame must not be closed before the last byte was read.
   * @param metadata JSON text of the metadata object
   * @returns bytes of the packet, both delimiters included
   */
  start(frame: Frame, metadata: string): number {
    return native("xs_image_encoder_start").call(this, frame, metadata);
  }

  /** Fills `target` with the next bytes of the packet; returns how many, 0 at its end. */
  read(target: Uint8Array): number {
    return native("xs_image_encoder_read").call(this, target);
  }

  /** Sum of all bytes read since `start`, as unsigned 32-bit: the hardware interface's checksum. */
  checksum(): number {
    return native("xs_image_encoder_checksum").call(this);
  }
}
