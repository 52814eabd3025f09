// SPDX-License-Identifier: Apache-2.0
import type { Frame } from "modules/camera/frame";

const AGC = 1 << 12;

export interface FrameFacts {
  captured?: number;
  sequence?: number;
  /** The Lepton's milliseconds since its start. */
  counter?: number;
  agc?: boolean;
  tlinear?: boolean;
  ffc?: 0 | 1 | 2 | 3;
  lockedOut?: boolean;
  /** TLinear resolution, telemetry word 209. */
  resolution?: 0 | 1;
  /** There is no memory for copies. */
  uncopied?: boolean;
}

/** A frame of telemetry without pixels; counts its close() calls. */
export class FakeFrame implements Frame {
  readonly captured: number;
  readonly sequence: number;
  closed = 0;
  readonly copies: FakeFrame[] = [];
  readonly #uncopied: boolean;
  readonly #words = new Map<number, number>();

  constructor(facts: FrameFacts = {}) {
    const {
      captured = 0,
      sequence = 1,
      counter = captured,
      agc = false,
      tlinear = !agc,
      ffc = 3,
      lockedOut = false,
      resolution = 0,
      uncopied = false,
    } = facts;
    this.captured = captured;
    this.sequence = sequence;
    const time = counter >>> 0;
    this.#words.set(1, time & 0xffff).set(2, time >>> 16);
    this.#words.set(3, 0x0800 | (ffc << 4) | (agc ? AGC : 0) | (lockedOut ? 0x8000 : 0));
    this.#words.set(208, tlinear ? 1 : 0);
    this.#words.set(209, resolution);
    // 0.04 K below 0 °C at a resolution of 0.01 K, in the box after a start.
    this.#words.set(210, 27_311).set(214, 59).set(215, 79).set(216, 60).set(217, 80);
    this.#uncopied = uncopied;
  }

  telemetry(index: number): number {
    if (this.closed > 0) throw new Error(`frame ${this.sequence} is closed`);
    if (index < 0 || index > 239) throw new RangeError(`telemetry word ${index}`);
    return this.#words.get(index) ?? 0;
  }

  copy(): FakeFrame {
    this.telemetry(0);
    if (this.#uncopied) throw new Error("no memory to copy a frame");
    const copy = new FakeFrame({ captured: this.captured, sequence: this.sequence });
    for (const [index, word] of this.#words) copy.#words.set(index, word);
    this.copies.push(copy);
    return copy;
  }

  close(): void {
    this.closed += 1;
  }
}
