// SPDX-License-Identifier: Apache-2.0
import type { Frame, FrameSink, FrameSource } from "modules/camera/frame";
import type { PictureEncoder, PictureOptions } from "modules/image/jpeg";
import { messageOf } from "modules/log/log";
import type { Range } from "./frame-facts";

/** How a viewer wants its pictures. */
export interface View extends Range {
  readonly palette: string;
  readonly scale: number;
  readonly quality: number;
  /** 1: with marks. */
  readonly overlay: number;
}

/** A picture in native memory. */
export interface Picture {
  readonly length: number;
  close(): void;
}

/** A viewer's order of one picture. */
export interface Order<P> {
  readonly view: View;
  /** Sequence number of the newest frame that is too old; 0: any frame will do. */
  readonly after: number;
  /** Gets the picture of a later frame, which is closed when this returns. Called once, or `failed` is. */
  ready(picture: P, frame: PictureFrame): void;
  failed(reason: string): void;
}

/** The frame of a picture. */
export interface PictureFrame {
  readonly sequence: number;
  readonly captured: number;
}

export interface PicturesOptions<P extends Picture> {
  readonly frames: FrameSource;
  /** @param onEncoded see JpegEncoder */
  createEncoder(onEncoded: (length: number) => void): PictureEncoder<P>;
  /** What the encoder needs for a view of a frame. */
  describe(frame: Frame, view: View): { readonly options: PictureOptions; readonly comment: string };
}

interface Job extends PictureFrame {
  readonly key: string;
}

/**
 * Makes pictures on order. One is encoded at a time, always from the newest frame; every order with the same view that
 * waits by then gets it. Without orders nothing is encoded.
 */
export class Pictures<P extends Picture> implements FrameSink {
  private readonly options: PicturesOptions<P>;
  /** In order of arrival. */
  private readonly orders = new Map<Order<P>, string>();
  private encoder: PictureEncoder<P> | undefined;
  /** What is being encoded. */
  private job: Job | undefined;
  private subscribed = false;
  private viewers = 0;
  /** The last picture, for viewers that order one while its frame is the newest. */
  private last: { readonly job: Job; readonly picture: P } | undefined;

  constructor(options: PicturesOptions<P>) {
    this.options = options;
  }

  /** May call `ready` before it returns. */
  order(order: Order<P>): void {
    const { frames } = this.options;
    const key = keyOf(order.view);
    const last = this.last;
    if (last?.job.key === key && last.job.sequence > order.after && last.job.sequence === frames.latest()?.sequence) {
      order.ready(last.picture, last.job);
      return;
    }
    this.orders.set(order, key);
    this.update();
    this.begin(frames.latest());
  }

  cancel(order: Order<P>): void {
    this.orders.delete(order);
    this.update();
  }

  /** A viewer comes, who orders picture after picture until `leave`. */
  enter(): void {
    this.viewers += 1;
  }

  leave(): void {
    this.viewers -= 1;
    if (this.viewers === 0) this.keep(undefined);
  }

  offer(frame: Frame): void {
    this.begin(frame);
  }

  /** Encodes the frame for the oldest order that it can serve. */
  private begin(frame: Frame | undefined): void {
    if (this.job || !frame) return;
    for (const [order, key] of this.orders) {
      if (frame.sequence <= order.after) continue;
      if (this.start(frame, order, key)) return;
    }
  }

  /** @returns false when the order failed */
  private start(frame: Frame, order: Order<P>, key: string): boolean {
    try {
      const { options, comment } = this.options.describe(frame, order.view);
      this.encoder ??= this.options.createEncoder((length) => this.onEncoded(length));
      this.encoder.start(frame, options, comment);
      this.job = { key, sequence: frame.sequence, captured: frame.captured };
      return true;
    } catch (error) {
      this.cancel(order);
      order.failed(messageOf(error));
      return false;
    }
  }

  private onEncoded(length: number): void {
    const job = this.job;
    this.job = undefined;
    if (!job) return;
    const picture = length > 0 ? this.encoder?.take() : undefined;
    const served = [...this.orders].filter(([{ after }, key]) => key === job.key && job.sequence > after);
    for (const [order] of served) {
      this.cancel(order);
      if (picture) order.ready(picture, job);
      else order.failed("no memory for a picture");
    }
    this.keep(picture && { job, picture });
    this.begin(this.options.frames.latest());
  }

  private keep(last: { readonly job: Job; readonly picture: P } | undefined): void {
    this.last?.picture.close();
    this.last = this.viewers > 0 ? last : undefined;
    if (!this.last) last?.picture.close();
  }

  /** Subscribes to frames exactly while there are orders. */
  private update(): void {
    const wanted = this.orders.size > 0;
    if (wanted === this.subscribed) return;
    this.subscribed = wanted;
    if (wanted) this.options.frames.subscribe(this);
    else this.options.frames.unsubscribe(this);
  }
}

const keyOf = ({ palette, scale, quality, overlay, min, max }: View): string =>
  [palette, scale, quality, overlay, min, max].join();
