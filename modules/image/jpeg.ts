// SPDX-License-Identifier: Apache-2.0
import type { ByteSource } from "drivers/bytes/byte-source";
import type { Frame } from "modules/camera/frame";
import type { Colours } from "./frame-file";
import type { Mark } from "./mark";

export interface PictureOptions extends Colours {
  /** 1 to 100, as libjpeg counts. */
  readonly quality: number;
  /** 1: 160 × 120; 2: 320 × 240, pixel values interpolated linearly. */
  readonly scale: number;
  /** At most three. */
  readonly marks?: readonly Mark[];
}

/** Encodes pictures one at a time: see JpegEncoder. */
export interface PictureEncoder<P> {
  start(frame: Frame, options: PictureOptions, comment: string): void;
  /** Takes the picture; during onEncoded only. */
  take(): P;
}

/** A complete JPEG in native memory, which its JpegSources share. It is freed after `close` and the end of each. */
export class Jpeg extends Native("xs_jpeg_destructor") {
  /** Takes the picture of an encoder: JpegEncoder.take(). */
  constructor(encoder: JpegEncoder) {
    super();
    native("xs_jpeg").call(this, encoder);
  }

  /** Bytes. */
  get length(): number {
    return native("xs_jpeg_get_length").call(this);
  }

  /** Idempotent. */
  close(): void {
    return native("xs_jpeg_close").call(this);
  }
}

/**
 * Encodes frames as JPEG (native/jpeg-encoder.h) beside capture and JavaScript: in a task of its own on the ESP32. It
 * takes 111 KB of PSRAM from the first picture on. A picture above 96 KB is encoded at half the quality.
 */
export class JpegEncoder extends Native("xs_jpeg_encoder_destructor") implements PictureEncoder<Jpeg> {
  /** @param options onEncoded: a picture of `length` bytes is ready for `take`, 0: there was no memory for it */
  constructor(options: { onEncoded(length: number): void }) {
    super();
    native("xs_jpeg_encoder").call(this, options);
  }

  /**
   * Begins a picture, whose end is onEncoded. The frame is held until then; the caller may close it.
   * @param comment of the COM segment, at most 1,024 bytes
   * @throws Error while a picture is being encoded, and when out of memory
   */
  start(frame: Frame, options: PictureOptions, comment: string): void {
    return native("xs_jpeg_encoder_start").call(this, frame, options, comment);
  }

  take(): Jpeg {
    return new Jpeg(this);
  }

  /** Drops a picture being encoded. Idempotent. */
  close(): void {
    return native("xs_jpeg_encoder_close").call(this);
  }
}

/** Sends a Jpeg between two texts, in one write where it fits. */
export class JpegSource extends Native("xs_jpeg_source_destructor") implements ByteSource {
  constructor() {
    super();
    native("xs_jpeg_source").call(this);
  }

  /**
   * Begins, in place of what is unfinished; the caller may close the picture.
   * @param head at most 191 bytes @param tail at most 63 bytes
   * @returns length of all three in bytes
   */
  start(picture: Jpeg, head: string, tail: string): number {
    return native("xs_jpeg_source_start").call(this, picture, head, tail);
  }

  read(target: Uint8Array): number {
    return native("xs_jpeg_source_read").call(this, target);
  }

  /** Gives up what is unfinished. Idempotent. */
  stop(): void {
    return native("xs_jpeg_source_stop").call(this);
  }
}
