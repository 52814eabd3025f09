// SPDX-License-Identifier: Apache-2.0
/** One frame from the sensor, whole and from one exposure. The pixels stay in native memory; only native code reads them. */
export interface Frame {
  /** Milliseconds since start (`Timers.now`) at the VSYNC that completed the frame. */
  readonly captured: number;
  /** Counts frames the assembler delivered, from 1. */
  readonly sequence: number;
  /** Word `index` (0–239) of the frame's telemetry rows A–C; RangeError outside. */
  telemetry(index: number): number;
  /** Gives the frame slot back. Safe twice. */
  close(): void;
}

/** A frame several readers hold at once: the slot is given back when the last of them has released it. */
export interface SharedFrame {
  readonly frame: Frame;
  retain(): void;
  release(): void;
}

/** Who takes frames from the camera: a session that streams or waits for get_image. */
export interface FrameSink {
  /**
   * Offered at most once per frame, newest only. To keep the frame, `retain()` it (and `release()` it later).
   * Must not block and must not throw.
   */
  offer(shared: SharedFrame): void;
}

/** Where frames come from, as a session sees it. */
export interface FrameSource {
  subscribe(sink: FrameSink): void;
  unsubscribe(sink: FrameSink): void;
  /** The newest frame, if one was captured at all and is still held: for a session that was busy when it was offered. */
  latest(): SharedFrame | undefined;
  /** While undefined, images can be expected; otherwise why not, as a phrase ("the Lepton does not answer"). FFC is no reason. */
  outage(): string | undefined;
}
