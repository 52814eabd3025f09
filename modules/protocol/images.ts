// SPDX-License-Identifier: Apache-2.0
import type { FrameSink, FrameSource, SharedFrame } from "modules/camera/frame";
import { StreamSchedule, type Ticket } from "modules/camera/stream";
import type { TimerHandle, Timers } from "drivers/timers/timers";

/** How a session's images leave: inside its own stream of packets, or over the SPI slave. */
export interface ImageOutlet {
  /** An image can be started now. */
  readonly ready: boolean;
  /**
   * Starts the image of a frame, which it retains for as long as it needs it.
   * @param done called once, perhaps from within: the image was delivered (true) or dropped (false)
   * @returns why it could not be started, if so; `done` is not called then
   */
  start(shared: SharedFrame, done: (delivered: boolean) => void): string | undefined;
  /** Drops what is under way. */
  close(): void;
}

/** get_image fails after this long without a frame. */
export const IMAGE_TIMEOUT_MS = 5_000;
/** A frame held back by an FFC is waited for, and asked about this often, */
const RECHECK_MS = 250;
/** but not for ever. */
const PATIENCE_MS = 15_000;

interface ImageRequest {
  /** The frame that was there before the request: it is too old. */
  readonly after: number | undefined;
  readonly since: number;
  /** The image was started (no argument), or why it was not. */
  readonly settle: (failure?: string) => void;
  timer: TimerHandle | undefined;
}

/**
 * Decides which frames a client gets: the next one for a get_image, and those that are due while it streams.
 * A client that is busy with an image takes none; when it has finished it gets the newest there is, once.
 */
export class ImageFeed implements FrameSink {
  readonly #schedule = new StreamSchedule();
  #request: ImageRequest | undefined;
  #subscribed = false;
  #streaming = false;
  /** The last frame sent. No frame is sent twice. */
  #sent = 0;
  #closed = false;

  /** @param onStreaming told whenever streaming begins or ends */
  constructor(
    private readonly frames: FrameSource,
    private readonly timers: Timers,
    private readonly outlet: ImageOutlet,
    private readonly onStreaming: (streaming: boolean) => void = () => undefined,
  ) {}

  get streaming(): boolean {
    return this.#schedule.active;
  }

  startStream(delay: number, frames: number): void {
    if (this.#closed) return;
    this.#schedule.start(delay, frames, this.timers.now());
    this.#update();
  }

  stopStream(): void {
    this.#schedule.stop();
    this.#update();
  }

  /** Asks for the next frame's image. One request at a time; streaming goes on. */
  request(settle: (failure?: string) => void): void {
    if (this.#closed) return settle("the session has ended");
    const request: ImageRequest = {
      after: this.frames.latest()?.frame.sequence,
      since: this.timers.now(),
      settle,
      timer: undefined,
    };
    request.timer = this.timers.set(() => this.#expire(request), IMAGE_TIMEOUT_MS);
    this.#request = request;
    this.#update();
  }

  offer(shared: SharedFrame): void {
    if (this.outlet.ready) this.#take(shared);
  }

  /** The outlet has become ready: takes the newest frame if there is one that is wanted. */
  resume(): void {
    if (!this.outlet.ready) return;
    const latest = this.frames.latest();
    if (latest) this.#take(latest);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#schedule.stop();
    this.#settle("the session has ended");
    this.#update();
    this.outlet.close();
  }

  #take(shared: SharedFrame): void {
    const { sequence } = shared.frame;
    if (sequence === this.#sent) return;
    if (this.#request) {
      if (sequence === this.#request.after) return;
      this.#sent = sequence;
      this.#settle(this.outlet.start(shared, () => this.resume()));
    } else {
      const now = this.timers.now();
      if (!this.#schedule.due(now, shared.frame)) return;
      this.#sent = sequence;
      const ticket = this.#schedule.take(now, shared.frame);
      if (this.outlet.start(shared, (delivered) => this.#finish(ticket, delivered)) !== undefined)
        this.#schedule.failed(ticket);
    }
  }

  #finish(ticket: Ticket, delivered: boolean): void {
    if (delivered) this.#schedule.delivered(ticket);
    else this.#schedule.failed(ticket);
    this.#update();
    this.resume();
  }

  /** No frame has been taken for a get_image in time. A busy client has only itself to wait for, an FFC ends by itself. */
  #expire(request: ImageRequest): void {
    const outage = this.frames.outage();
    const impatient = this.timers.now() - request.since >= PATIENCE_MS;
    if (this.outlet.ready && (outage !== undefined || impatient)) this.#settle(outage ?? "no image from the Lepton");
    else request.timer = this.timers.set(() => this.#expire(request), RECHECK_MS);
  }

  #settle(failure?: string): void {
    const request = this.#request;
    if (!request) return;
    this.#request = undefined;
    this.timers.clear(request.timer);
    this.#update();
    request.settle(failure);
  }

  /** Takes frames exactly while some are wanted. */
  #update(): void {
    const { active } = this.#schedule;
    const wanted = active || this.#request !== undefined;
    if (wanted !== this.#subscribed) {
      this.#subscribed = wanted;
      if (wanted) this.frames.subscribe(this);
      else this.frames.unsubscribe(this);
    }
    if (active === this.#streaming) return;
    this.#streaming = active;
    this.onStreaming(active);
  }
}
