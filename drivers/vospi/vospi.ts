// SPDX-License-Identifier: Apache-2.0

/** Why capture delivers no frames. Capture continues; resetting the sensor is up to the caller. */
export type Stall =
  /** No VSYNC for 500 ms: the sensor is off, in reset, or its GPIO is not in VSYNC mode. */
  | "no-vsync"
  /** Three resynchronisations in a row brought no frame: discard packets only, or nothing that can be read. */
  | "no-sync"
  /** In sync, but no whole frame for 5 s; longer than any flat-field correction takes. */
  | "no-segments";

export interface VoSPIOptions {
  /** Bus and pins; `hz` at most 20 MHz, `port` is the SPI controller (default 1, the ESP32's HSPI). */
  spi: { clock: number; in: number; select: number; hz: number; mode: 3; port?: number };
  /** Pin of the VSYNC pulse, one per segment. */
  vsync: number;
  /** Frame slots, allocated once, 2 to 16: one being filled, one waiting, and one for each frame held at a time. */
  slots: number;
  /** A new frame can be read. Until it is read, capture may reuse its slot for a newer frame. */
  onReadable(): void;
  /** Called once per period of the condition's length while it lasts. */
  onStall(stall: Stall): void;
}

/** Counters since the VoSPI was opened; native/vospi-statistics.h defines each. */
export interface VoSPIStatistics {
  vsyncs: number;
  frames: number;
  segments: number;
  emptySegments: number;
  discards: number;
  zeroPackets: number;
  crcErrors: number;
  sequenceErrors: number;
  brokenSegments: number;
  segmentErrors: number;
  gaps: number;
  telemetryErrors: number;
  repeatedFrames: number;
  rejectedFrames: number;
  overruns: number;
  resyncs: number;
}

/**
 * A complete frame from one exposure. Its pixels stay in a slot in native memory until close() or garbage collection, also
 * after the VoSPI was closed. Created by VoSPI.read() only. All but close() throws after close().
 */
export class Frame extends Native("xs_vospi_frame_destructor") {
  /** Milliseconds since start at the VSYNC of the frame's last segment. */
  get captured(): number {
    return native("xs_vospi_frame_get_captured").call(this);
  }

  /** Number of the frame among those delivered, from 1. */
  get sequence(): number {
    return native("xs_vospi_frame_get_sequence").call(this);
  }

  /** Word `index` of telemetry rows A, B, C (80 words each); RangeError outside 0–239. */
  telemetry(index: number): number {
    return native("xs_vospi_frame_telemetry").call(this, index);
  }

  /**
   * Copies the pixels, 160 × 120 words of 16 bits in the engine's byte order, row by row. With TLinear at high gain they
   * are 1/100 K. Throws RangeError for a target below 38,400 bytes.
   */
  copyPixels(target: ByteBuffer): void {
    return native("xs_vospi_frame_copy_pixels").call(this, target);
  }

  /**
   * A copy of the frame in memory of its own, 39 KB, for a reader that may be slow: it takes no slot. Throws when out of
   * memory.
   */
  copy(): Frame {
    return new Frame().become(this);
  }

  private become(frame: Frame): Frame {
    return native("xs_vospi_frame_become").call(this, frame);
  }

  /** Releases the slot. Idempotent. */
  close(): void {
    return native("xs_vospi_frame_close").call(this);
  }
}

/**
 * The Lepton's video interface. A native thread reads, checks and assembles packets; JavaScript gets complete frames.
 * The constructor throws when pins or memory for the slots are not available.
 */
export class VoSPI extends Native("xs_vospi_destructor") {
  /** The class of read()'s result, for native code. */
  static readonly Frame = Frame;

  constructor(options: VoSPIOptions) {
    super();
    native("xs_vospi").call(this, options);
  }

  /** Starts capture with a resynchronisation, which a sensor needs after it was configured. */
  start(): void {
    return native("xs_vospi_start").call(this);
  }

  /** Stops capture and callbacks. Frames that were read stay valid. */
  stop(): void {
    return native("xs_vospi_stop").call(this);
  }

  /**
   * Makes the bus quiet for work that stops the CPU, such as erasing flash: reading in such a stop loses sync. Resolves at
   * the end of the frame being received, after 140 ms at the latest; at once when capture does not run. Until resume()
   * nothing is read. That counts as no error, and a stop() or start() in between does not end it. Work of up to 300 ms
   * that begins when this resolves costs two frames. Work of less than a millisecond needs no pause, if it begins in the
   * quiet window after each transfer (quiet-window.h). Rejects when capture is paused already.
   *
   *     await vospi.pause();
   *     try {
   *       await eraseBlock();
   *     } finally {
   *       vospi.resume();
   *     }
   */
  pause(): Promise<void> {
    return new Promise((resolve) => this.requestPause(resolve));
  }

  private requestPause(paused: () => void): void {
    return native("xs_vospi_request_pause").call(this, paused);
  }

  /** Ends a pause, also one that has not begun: then pause() resolves. Otherwise, and after close(), does nothing. */
  resume(): void {
    return native("xs_vospi_resume").call(this);
  }

  /** Ends capture and a pause, and releases the pins. Idempotent. */
  close(): void {
    return native("xs_vospi_close").call(this);
  }

  /** The newest frame; undefined if it was already read. */
  read(): Frame | undefined {
    return native("xs_vospi_read").call(this);
  }

  /** Number of resynchronisations in `statistics`, without the object. */
  get resyncs(): number {
    return native("xs_vospi_get_resyncs").call(this);
  }

  get statistics(): VoSPIStatistics {
    return native("xs_vospi_get_statistics").call(this);
  }
}

export default VoSPI;
