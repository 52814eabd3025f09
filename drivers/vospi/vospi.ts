// SPDX-License-Identifier: Apache-2.0

/** Why capture brings no frames for now. Capture goes on trying; what else to do is the caller's policy. */
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
  /** Frame slots, taken once, 2 to 16: one being filled, one waiting, and one for each frame held at a time. */
  slots: number;
  /** A frame newer than any before can be read. (Read late, it may be gone again: when no slot is free, capture takes its slot.) */
  onReadable(): void;
  /** Called again each time the condition has lasted as long again. */
  onStall(stall: Stall): void;
}

/** What was received since the VoSPI was opened, and what was rejected and why. See native/vospi-statistics.h. */
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
 * One frame, whole and from one exposure. Its pixels stay in native memory, in a slot of the VoSPI it came from, until close()
 * or garbage collection; also when that VoSPI is closed before. Made by VoSPI.read() only. Everything but close() throws once closed.
 */
export class Frame extends Native("xs_vospi_frame_destructor") {
  /** Milliseconds since start at the VSYNC of the frame's last segment. */
  get captured(): number {
    return native("xs_vospi_frame_get_captured").call(this);
  }

  /** Counts the frames delivered, from 1. */
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

  /** Gives the slot back. Safe twice. */
  close(): void {
    return native("xs_vospi_frame_close").call(this);
  }
}

/**
 * The Lepton's video interface. Packets are moved, checked and assembled in native code on a thread of its own;
 * JavaScript sees whole frames. Throws when pins cannot be had or there is no memory for the slots.
 */
export class VoSPI extends Native("xs_vospi_destructor") {
  /** What read() makes: native code finds it here. */
  static readonly Frame = Frame;

  constructor(options: VoSPIOptions) {
    super();
    native("xs_vospi").call(this, options);
  }

  /** Captures from the next VSYNC on, after a resynchronisation: for a sensor that was just configured. */
  start(): void {
    return native("xs_vospi_start").call(this);
  }

  /** No callback comes after it. Frames held stay valid. */
  stop(): void {
    return native("xs_vospi_stop").call(this);
  }

  /** Ends capture and frees the pins. Safe twice. */
  close(): void {
    return native("xs_vospi_close").call(this);
  }

  /** The newest frame, unless it was read before: each frame is read at most once. */
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
