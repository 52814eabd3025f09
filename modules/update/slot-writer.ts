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
/**
 * Least time between the beginnings of two pauses, in ms. A pause costs two frames; with one for each 10.3 frame periods at
 * least four fifths of the frames come, however fast the image arrives.
 */
const PAUSE_INTERVAL = 1170;
/** A period of the sensor's frames in ms: the longest wait for the end of one. */
const FRAME = 114;
/** A pause of up to 300 ms costs two frames. A chunk takes 22 ms: after so many ms of an erase it is not written in the pause. */
const WRITE_IN_PAUSE = 265;

/**
 * Writes an image into the inactive slot, front to back. Both cores stop while flash is erased: each block of 64 KB is erased
 * in a pause of the video, just before it is written. Pages are written while the video bus is quiet.
 */
export class SlotWriter {
  readonly #slot: SlotFlash;
  readonly #video: Video;
  readonly #timers: Timers;
  #erased = 0;
  #nextPause = -Infinity;
  #paused = false;
  #closed = false;

  constructor(slot: SlotFlash, video: Video, timers: Timers) {
    this.#slot = slot;
    this.#video = video;
    this.#timers = timers;
  }

  /** Capacity in bytes. */
  get size(): number {
    return this.#slot.size;
  }

  /** Rejects with the flash's error, or when the writer is closed. Writing beyond the slot is a RangeError. */
  async write(bytes: Uint8Array, offset: number): Promise<void> {
    const end = offset + bytes.byteLength;
    if (end > this.size) throw new RangeError(`byte ${end} is beyond the slot's ${this.size}`);
    while (this.#erased < end) {
      try {
        await this.#pause();
        const begun = this.#timers.now();
        await this.#eraseBlock();
        if (this.#erased >= end && this.#timers.now() - begun <= WRITE_IN_PAUSE)
          return await this.#slot.write(bytes, offset);
      } finally {
        this.#resume();
      }
    }
    await this.#slot.write(bytes, offset);
  }

  async #pause(): Promise<void> {
    const wait = this.#nextPause - this.#timers.now();
    if (wait > 0) await sleep(this.#timers, wait);
    if (this.#closed) throw new Error("the slot was closed");
    this.#paused = true;
    await this.#video.pauseVideo();
    // From when it was due, so that the wait for a frame's end adds up to nothing; from now if it was due long ago.
    this.#nextPause = Math.max(this.#nextPause, this.#timers.now() - FRAME) + PAUSE_INTERVAL;
  }

  #resume(): void {
    if (this.#paused) this.#video.resumeVideo();
    this.#paused = false;
  }

  async #eraseBlock(): Promise<void> {
    const length = Math.min(BLOCK, this.size - this.#erased);
    await this.#slot.erase(this.#erased, length);
    this.#erased += length;
  }

  /** Idempotent, also during a write: that write then rejects. The video goes on. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#resume();
    this.#slot.close();
  }
}
