// SPDX-License-Identifier: Apache-2.0
/** One complete frame from the sensor, from a single exposure. Pixels stay in native memory, for native code only. */
export interface Frame {
  /** Milliseconds since start (`Timers.now`) at the VSYNC that completed the frame. */
  readonly captured: number;
  /** Number of the frame among those that the assembler delivered, from 1. */
  readonly sequence: number;
  /** Word `index` (0–239) of the frame's telemetry rows A–C; RangeError outside. */
  telemetry(index: number): number;
  /** Returns the frame slot. Idempotent. */
  close(): void;
}

/** A frame with a reference count: the slot is returned when the last holder has released it. */
export interface SharedFrame {
  readonly frame: Frame;
  retain(): void;
  release(): void;
}

/** Receives frames from the camera: a session that streams or waits for get_image. */
export interface FrameSink {
  /**
   * Offers a frame, at most once, newest only. `retain()` keeps the frame until `release()`.
   * Must not block and must not throw.
   */
  offer(shared: SharedFrame): void;
}

/** Source of frames, as a session sees it. */
export interface FrameSource {
  subscribe(sink: FrameSink): void;
  unsubscribe(sink: FrameSink): void;
  /** The newest frame, if it is still held: for a session that was busy when it was offered. */
  latest(): SharedFrame | undefined;
  /**
   * Undefined while images can be expected; otherwise the reason, as a phrase ("the Lepton does not answer"). An FFC is
   * not an outage.
   */
  outage(): string | undefined;
}
