// SPDX-License-Identifier: Apache-2.0
/** One complete frame from the sensor, from a single exposure. Pixels stay in native memory, for native code only. */
export interface Frame {
  /** Milliseconds since start (`Timers.now`) at the VSYNC that completed the frame. */
  readonly captured: number;
  /** Number of the frame among those that the assembler delivered, from 1. */
  readonly sequence: number;
  /** Word `index` (0–239) of the frame's telemetry rows A–C; RangeError outside. */
  telemetry(index: number): number;
  /** A copy in memory of its own, for a slow reader: it takes no slot. Throws when out of memory. */
  copy(): Frame;
  /** Releases this hold on the frame's slot. Native code that reads the frame has its own hold. Idempotent. */
  close(): void;
}

/** Receives frames from the camera: a session that streams or waits for get_image. */
export interface FrameSink {
  /**
   * Offers a frame, at most once, newest only. The camera closes it when the next frame comes; an encoder
   * that was started with it has its own hold. Must not block and must not throw.
   */
  offer(frame: Frame): void;
}

/** Source of frames, as a session sees it. */
export interface FrameSource {
  subscribe(sink: FrameSink): void;
  unsubscribe(sink: FrameSink): void;
  /** The newest frame, if it is still open: for a session that was busy when it was offered. */
  latest(): Frame | undefined;
  /**
   * Undefined while images can be expected; otherwise the reason, as a phrase ("the Lepton does not answer"). An FFC is
   * not an outage.
   */
  outage(): string | undefined;
}
