// SPDX-License-Identifier: Apache-2.0
import { sleep, type Timers } from "drivers/timers/timers";

/** The inactive slot's flash (platforms/common/slot.ts). One operation at a time. */
export interface SlotFlash {
  /** Capacity in bytes. */
  readonly size: number;
  erase(offset: number, length: number): Promise<void>;
  write(bytes: Uint8Array, offset: number): Promise<void>;
  /** The operation under way rejects. */
  close(): void;
}

/** Capture of the sensor's video, which can make way for flash (drivers/vospi). */
export interface Video {
  pauseVideo(): Promise<void>;
  resumeVideo(): void;
}

/** Bytes that flash erases fastest. */
const BLOCK = 65_536;
/** A period of the sensor's frames in ms. */
const FRAME = 114;
/** Wait in ms between the end of a frame and an erase, so that its image is not held up by the erase. */
const SEND_TIME = 10;
/**
 * Least time between two pauses in ms for each frame that a pause costs. It keeps at least four fifths of the frames, however
 * fast the image arrives.
 */
const INTERVAL_PER_FRAME = 600;

/** Frames that a pause of so many ms costs: two up to 300 ms, three up to 414 ms. */
const cost = (pause: number): number => Math.max(2, Math.ceil((pause - 72) / FRAME));

/**
 * Writes an image into the inactive slot, front to back. Both cores stop while flash is erased: each block of 64 KB is erased
 * in a pause of the video, just before it is written. Pages are written while the video bus is quiet.
 */
export class SlotWriter {
  private readonly slot: SlotFlash;
  private readonly video: Video;
  private readonly timers: Timers;
  private erased = 0;
  private nextPause = -Infinity;
  private paused = false;
  private closed = false;

  constructor(slot: SlotFlash, video: Video, timers: Timers) {
    this.slot = slot;
    this.video = video;
    this.timers = timers;
  }

  /** Capacity in bytes. */
  get size(): number {
    return this.slot.size;
  }

  /** Rejects with the flash's error, or when the writer is closed. Writing beyond the slot is a RangeError. */
  async write(bytes: Uint8Array, offset: number): Promise<void> {
    const end = offset + bytes.byteLength;
    if (end > this.size) throw new RangeError(`byte ${end} is beyond the slot's ${this.size}`);
    while (this.erased < end) await this.eraseBlock();
    await this.slot.write(bytes, offset);
  }

  private async eraseBlock(): Promise<void> {
    await this.sleep(this.nextPause - this.timers.now());
    this.paused = true;
    try {
      await this.video.pauseVideo();
      const begun = this.timers.now();
      await this.sleep(SEND_TIME);
      const length = Math.min(BLOCK, this.size - this.erased);
      await this.slot.erase(this.erased, length);
      this.erased += length;
      // From when it was due: a pause waits for the end of a frame, and these waits must not add up.
      const due = Math.max(this.nextPause, begun - FRAME);
      this.nextPause = due + cost(this.timers.now() - begun) * INTERVAL_PER_FRAME;
    } finally {
      this.resume();
    }
  }

  private async sleep(ms: number): Promise<void> {
    if (ms > 0) await sleep(this.timers, ms);
    if (this.closed) throw new Error("the slot was closed");
  }

  private resume(): void {
    if (this.paused) this.video.resumeVideo();
    this.paused = false;
  }

  /** Idempotent, also during a write: that write then rejects. The video goes on. */
  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.resume();
    this.slot.close();
  }
}
