// SPDX-License-Identifier: Apache-2.0
import type { ByteSource } from "drivers/bytes/byte-source";
import type { Frame } from "modules/camera/frame";

/** Formats of a file of 160 × 120 values; native/frame-file.h describes each. */
export type FileFormat = "raw" | "npy" | "tiff" | "png16" | "png8" | "csv" | "json";

/** Colours of a picture. */
export interface Colours {
  /** Name of a palette: native/palette.c. */
  readonly palette: string;
  /** Pixel values of the palette's first and last entry, 0 to 65,535; low < high. */
  readonly low: number;
  readonly high: number;
}

export interface FileOptions extends Partial<Colours> {
  readonly format: FileFormat;
  /** Centikelvin of one count: 1 or 10. 0: counts are no temperatures. */
  readonly centikelvin: number;
  /** Of TIFF and PNG: ASCII, at most 512 bytes. */
  readonly description: string;
  /** Of TIFF: YYYY:MM:DD HH:MM:SS. */
  readonly date: string;
  /** Of TIFF: at most 31 characters. */
  readonly software: string;
}

/** A file being read: see FrameFile. */
export interface FileSource extends ByteSource {
  start(frame: Frame, options: FileOptions): number;
  stop(): void;
}

/** A frame as a file, made in native code as it is read. A file can be started again after its end. */
export class FrameFile extends Native("xs_frame_file_destructor") implements FileSource {
  constructor() {
    super();
    native("xs_frame_file").call(this);
  }

  /**
   * Begins a file, in place of an unfinished one. Holds the frame until the last byte was read or `stop`; the caller may
   * close it. `png8` needs the colours.
   * @returns length of the file in bytes
   */
  start(frame: Frame, options: FileOptions): number {
    return native("xs_frame_file_start").call(this, frame, options);
  }

  /** Fills `target` with the next bytes; returns their number, 0 at the end. */
  read(target: Uint8Array): number {
    return native("xs_frame_file_read").call(this, target);
  }

  /** Gives up an unfinished file and releases its frame. Idempotent. */
  stop(): void {
    return native("xs_frame_file_stop").call(this);
  }
}
