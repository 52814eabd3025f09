// SPDX-License-Identifier: Apache-2.0
import type { ByteSource } from "drivers/bytes/byte-source";
import type { TimerHandle, Timers } from "drivers/timers/timers";
import type { Transport, TransportEvents } from "modules/server/transport";
import type { Order, Picture, PictureFrame, Pictures, View } from "./pictures";

/** Sends a picture between two texts: see JpegSource. */
export interface PictureSource<P> extends ByteSource {
  start(picture: P, head: string, tail: string): number;
  stop(): void;
}

/** Behind each picture, and before the first one; the route table names it. */
const DELIMITER = "--frame\r\n";
/** ms between pictures at most while the link is short. */
const SHORT_INTERVAL_MS = 1_000;

export interface StreamOptions<P extends Picture> {
  readonly transport: Transport;
  readonly pictures: Pictures<P>;
  readonly source: PictureSource<P>;
  readonly timers: Timers;
  readonly view: View;
  /** ms between pictures, at least. */
  readonly interval: number;
  /** Milliseconds since 1970 of a time in `Timers.now` milliseconds. */
  wall(moment: number): number;
  /** Time until which the link counts as short: LinkLoad. */
  shortUntil(): number;
  /** Called once, when the stream has ended. */
  onEnded(): void;
}

/**
 * A viewer of multipart/x-mixed-replace. Each write ends with the boundary behind the picture: browsers draw a picture
 * when they see it. The next picture is ordered when the client has acknowledged all of this one, so a stream uses no
 * more of a short link than one picture at a time; then it is of the newest frame. While the link is too short for the
 * images of sessions, a stream sends one picture a second.
 */
export class PictureStream<P extends Picture> implements TransportEvents {
  private readonly options: StreamOptions<P>;
  /** Dropped: what a client sends means nothing here. */
  private readonly input = new Uint8Array(64);
  private due: number;
  private order: Order<P> | undefined;
  /** Of the last picture. */
  private sequence = 0;
  private pumping = false;
  /** Time of the last picture. */
  private sent = -Infinity;
  private timer: TimerHandle | undefined;
  private closed = false;

  constructor(options: StreamOptions<P>) {
    this.options = options;
    this.due = options.timers.now();
    options.transport.events = this;
    this.next();
  }

  onReadable(): void {
    while (this.options.transport.read(this.input) > 0);
  }

  onWritable(): void {
    this.next();
  }

  /** A viewer that closes its window is seen by this first. */
  onEnd(): void {
    this.close();
  }

  onClosed(): void {
    this.close();
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    const { pictures, transport, source, timers, onEnded } = this.options;
    timers.clear(this.timer);
    if (this.order) pictures.cancel(this.order);
    transport.close();
    source.stop();
    onEnded();
  }

  /** Orders the next picture when it is due and the client has the last one. */
  private next(): void {
    const { timers, transport, pictures, view } = this.options;
    if (this.closed || this.order || this.pumping || this.timer !== undefined || !transport.drained) return;
    const giveWay = Math.min(this.options.shortUntil(), this.sent + SHORT_INTERVAL_MS);
    const wait = Math.max(this.due, giveWay) - timers.now();
    if (wait > 0) {
      this.timer = timers.set(() => {
        this.timer = undefined;
        this.next();
      }, wait);
      return;
    }
    this.order = {
      view,
      after: this.sequence,
      ready: (picture, frame) => this.send(picture, frame),
      failed: () => this.close(),
    };
    pictures.order(this.order);
  }

  private send(picture: P, { sequence, captured }: PictureFrame): void {
    const { transport, source, wall } = this.options;
    const head =
      `Content-Type: image/jpeg\r\nContent-Length: ${picture.length}\r\n` +
      `X-Timestamp: ${(wall(captured) / 1000).toFixed(3)}\r\n\r\n`;
    const length = source.start(picture, this.sequence === 0 ? DELIMITER + head : head, `\r\n${DELIMITER}`);
    this.order = undefined;
    this.sequence = sequence;
    this.sent = this.options.timers.now();
    this.advance();
    this.pumping = true;
    const done = (written: number): void => {
      this.pumping = false;
      if (written < length) this.close();
      else this.next();
    };
    try {
      if (transport.pump(source, length, done)) done(length);
    } catch {
      this.close();
    }
  }

  /** The next time on the grid of the interval. */
  private advance(): void {
    const { timers, interval } = this.options;
    const late = timers.now() - this.due;
    if (late >= 0) this.due += interval * (Math.floor(late / interval) + 1);
  }
}
