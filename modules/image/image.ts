// SPDX-License-Identifier: Apache-2.0
import type { ByteSource } from "drivers/bytes/byte-source";
import type { Frame } from "modules/camera/frame";

/** Encodes an image message in pieces: see ImageEncoder. */
export interface Encoder extends ByteSource {
  start(frame: Frame, metadata: string): number;
  checksum(): number;
  stop(): void;
}

/**
 * Encodes a frame's image message, `0x02 {"metadata":…,"radiometric":"…","telemetry":"…"} 0x03`, in native code: pixels
 * and telemetry as base64 of 16-bit little-endian words. The complete text is never in memory. An encoder handles one
 * message at a time and can be reused.
 */
export class ImageEncoder extends Native("xs_image_encoder_destructor") implements Encoder {
  /** @param options checksum: `checksum()` is needed; it costs time, and only the hardware interface sends it */
  constructor(options?: { readonly checksum?: boolean }) {
    super();
    native("xs_image_encoder").call(this, options);
  }

  /**
   * Begins a message, in place of an unfinished one. Holds the frame until the last byte was read or `stop`; the
   * caller may close it.
   * @param metadata JSON text of the metadata object
   * @returns length of the message in bytes, both delimiters included
   */
  start(frame: Frame, metadata: string): number {
    return native("xs_image_encoder_start").call(this, frame, metadata);
  }

  /** Fills `target` with the next bytes of the message; returns their number, 0 at the end. */
  read(target: Uint8Array): number {
    return native("xs_image_encoder_read").call(this, target);
  }

  /**
   * Sum of all bytes read since `start`, as unsigned 32-bit: the hardware interface's checksum. Throws TypeError if the
   * encoder was made without `checksum`.
   */
  checksum(): number {
    return native("xs_image_encoder_checksum").call(this);
  }

  /** Gives up an unfinished message and releases its frame. Idempotent. */
  stop(): void {
    return native("xs_image_encoder_stop").call(this);
  }
}
