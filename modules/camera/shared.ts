// SPDX-License-Identifier: Apache-2.0
import type { Frame, SharedFrame } from "./frame";

/** A frame with a reference count. Its creator is the first holder. */
export class CountedFrame implements SharedFrame {
  readonly frame: Frame;
  #holders = 1;

  constructor(frame: Frame) {
    this.frame = frame;
  }

  retain(): void {
    if (this.#holders === 0) throw new Error(`frame ${this.frame.sequence}: retained after its last release`);
    this.#holders += 1;
  }

  release(): void {
    if (this.#holders === 0) throw new Error(`frame ${this.frame.sequence}: released more often than retained`);
    this.#holders -= 1;
    if (this.#holders === 0) this.frame.close();
  }
}
