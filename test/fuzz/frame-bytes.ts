// SPDX-License-Identifier: Apache-2.0
import type { Frame } from "modules/camera/frame";
import type { FuzzFrame } from "./fake-services";

/** What the encoders of a session share: bytes to read, and a frame that is held until they are read. */
export class FrameBytes {
  #bytes: Uint8Array = new Uint8Array(0);
  #at = 0;
  #frame: FuzzFrame | undefined;

  /** @returns the number of bytes */
  protected begin(frame: Frame, bytes: Uint8Array): number {
    this.stop();
    this.#frame = frame as FuzzFrame;
    this.#frame.hold();
    this.#bytes = bytes;
    this.#at = 0;
    return bytes.length;
  }
  read(target: Uint8Array): number {
    const part = this.#bytes.subarray(this.#at, this.#at + target.length);
    target.set(part);
    this.#at += part.length;
    if (this.#at === this.#bytes.length) this.stop();
    return part.length;
  }
  stop(): void {
    this.#frame?.close();
    this.#frame = undefined;
  }
}
