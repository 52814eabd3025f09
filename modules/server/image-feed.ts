// SPDX-License-Identifier: Apache-2.0
import type { Frame, FrameSink, FrameSource } from "modules/camera/frame";
import { FrameTimeout } from "modules/camera/next-frame";
import { StreamSchedule, type Ticket } from "modules/camera/stream";
import type { LinkLoad, Streamer } from "./link-load";
import type { Timers } from "drivers/timers/timers";

/** Output for a session's images: inside its message stream, or over the SPI slave. */
export interface ImageOutlet {
  /** An image can be started now. */
  readonly ready: boolean;
  /**
   * Starts sending a frame's image. The frame may be closed afterwards.
   * @param done called once, possibly before `start` returns: the image was delivered (true) or dropped (false)
   * @returns the reason if it could not be started; `done` is then not called
   */
  start(frame: Frame, done: (delivered: boolean) => void): string | undefined;
  /** Drops the image in progress. */
  close(): void;
}

interface ImageRequest {
  /** Sequence number of the newest frame before the request, which is too old for it. */
  readonly after: number | undefined;
  /** Called without an argument when the image was started, otherwise with the reason why not. */
  readonly settle: (failure?: string) => void;
  readonly timeout: FrameTimeout;
}

/**
 * Selects a client's frames: the next one for a get_image, and those that are due while it streams. A client that is
 * busy with an image skips frames; afterwards it gets the newest frame, once.
 */
export class ImageFeed implements FrameSink, Streamer {
  private readonly schedule = new StreamSchedule();
  private requested: ImageRequest | undefined;
  private subscribed = false;
  private reportedStreaming = false;
  /** Sequence number of the last frame sent. No frame is sent twice. */
  private sent = 0;
  private closed = false;
  lateAt = -Infinity;

  /** @param onStreaming called when streaming begins or ends */
  constructor(
    private readonly frames: FrameSource,
    private readonly timers: Timers,
    private readonly outlet: ImageOutlet,
    private readonly onStreaming: (streaming: boolean) => void = () => undefined,
    private readonly load?: LinkLoad,
  ) {}

  get streaming(): boolean {
    return this.schedule.active;
  }

  startStream(delay: number, frames: number): void {
    if (this.closed) return;
    this.schedule.start(delay, frames, this.timers.now());
    this.update();
  }

  stopStream(): void {
    this.schedule.stop();
    this.update();
  }

  /** Requests the image of the next frame. One request at a time; streaming continues. */
  request(settle: (failure?: string) => void): void {
    if (this.closed) return settle("the session has ended");
    const expire = (reason: string): void => this.settle(reason);
    // A busy client delays only itself.
    const timeout = new FrameTimeout(this.frames, this.timers, expire, () => this.outlet.ready);
    this.requested = { after: this.frames.latest()?.sequence, settle, timeout };
    this.update();
  }

  offer(frame: Frame): void {
    if (this.outlet.ready) this.take(frame);
    else if (this.schedule.due(this.timers.now(), frame)) this.lateAt = this.timers.now();
  }

  /** The outlet has become ready: sends the newest frame if one is wanted. */
  resume(): void {
    if (!this.outlet.ready) return;
    const latest = this.frames.latest();
    if (latest) this.take(latest);
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.schedule.stop();
    this.settle("the session has ended");
    this.update();
    this.outlet.close();
  }

  private take(frame: Frame): void {
    const { sequence } = frame;
    if (sequence === this.sent) return;
    if (this.requested) {
      if (sequence === this.requested.after) return;
      this.sent = sequence;
      this.settle(this.outlet.start(frame, () => this.resume()));
    } else {
      const now = this.timers.now();
      if (!this.schedule.due(now, frame)) return;
      this.sent = sequence;
      const ticket = this.schedule.take(now, frame);
      if (this.outlet.start(frame, (delivered) => this.finish(ticket, delivered)) !== undefined)
        this.schedule.failed(ticket);
    }
  }

  private finish(ticket: Ticket, delivered: boolean): void {
    if (delivered) this.schedule.delivered(ticket);
    else this.schedule.failed(ticket);
    this.update();
    this.resume();
  }

  private settle(failure?: string): void {
    const request = this.requested;
    if (!request) return;
    this.requested = undefined;
    request.timeout.cancel();
    this.update();
    request.settle(failure);
  }

  /** Subscribes to frames exactly while some are wanted. */
  private update(): void {
    const { active } = this.schedule;
    const wanted = active || this.requested !== undefined;
    if (wanted !== this.subscribed) {
      this.subscribed = wanted;
      if (wanted) this.frames.subscribe(this);
      else this.frames.unsubscribe(this);
    }
    if (active === this.reportedStreaming) return;
    this.reportedStreaming = active;
    this.lateAt = -Infinity;
    if (active) this.load?.add(this);
    else this.load?.delete(this);
    this.onStreaming(active);
  }
}
