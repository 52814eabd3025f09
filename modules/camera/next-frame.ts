// SPDX-License-Identifier: Apache-2.0
import type { TimerHandle, Timers } from "drivers/timers/timers";
import type { Frame, FrameSink, FrameSource } from "./frame";

/** Timeout of a request without a frame. */
const IMAGE_TIMEOUT_MS = 5_000;
/** An FFC that holds frames back extends the timeout; its state is checked at this interval. */
const RECHECK_MS = 250;
/** A request fails after this long even during an FFC. */
const REQUEST_LIMIT_MS = 15_000;

/** Timeout of a request for the next frame. An FFC ends by itself and extends it. */
export class FrameTimeout {
  private readonly since: number;
  private timer: TimerHandle | undefined;

  /**
   * @param onExpired gets the reason, once
   * @param ready false: the client delays the request, which extends the timeout
   */
  constructor(
    private readonly frames: FrameSource,
    private readonly timers: Timers,
    private readonly onExpired: (reason: string) => void,
    private readonly ready: () => boolean = () => true,
  ) {
    this.since = timers.now();
    this.timer = timers.set(() => this.check(), IMAGE_TIMEOUT_MS);
  }

  cancel(): void {
    this.timers.clear(this.timer);
    this.timer = undefined;
  }

  private check(): void {
    const outage = this.frames.outage();
    const expired = this.timers.now() - this.since >= REQUEST_LIMIT_MS;
    if (this.ready() && (outage !== undefined || expired)) this.onExpired(outage ?? "no image from the Lepton");
    else this.timer = this.timers.set(() => this.check(), RECHECK_MS);
  }
}

/** Waits for the first frame after the request, as get_image does. */
export class NextFrame implements FrameSink {
  private readonly frames: FrameSource;
  private readonly onFrame: (frame: Frame) => void;
  /** The newest frame before the request is too old for it. */
  private readonly after: number | undefined;
  private readonly timeout: FrameTimeout;

  /** Calls one of the functions, once, unless it is cancelled. The frame must be used before `onFrame` returns. */
  constructor(
    frames: FrameSource,
    timers: Timers,
    onFrame: (frame: Frame) => void,
    onFailed: (reason: string) => void,
  ) {
    this.frames = frames;
    this.onFrame = onFrame;
    this.after = frames.latest()?.sequence;
    this.timeout = new FrameTimeout(frames, timers, (reason) => {
      this.cancel();
      onFailed(reason);
    });
    frames.subscribe(this);
  }

  offer(frame: Frame): void {
    if (frame.sequence === this.after) return;
    this.cancel();
    this.onFrame(frame);
  }

  cancel(): void {
    this.timeout.cancel();
    this.frames.unsubscribe(this);
  }
}
