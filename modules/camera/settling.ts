// SPDX-License-Identifier: Apache-2.0
import type { Frame } from "./frame";
import { isAGCEnabled, isTLinearEnabled } from "./telemetry";

/**
 * A frame begun before a switch may be half old, half new. One is read out in 38 ms, from what was exposed at most one frame
 * period (114 ms) before; two periods are on the safe side.
 */
const MIXED_MS = 230;
/** After this long a sensor that does not show the mode asked for is believed: a client may have set another one by CCI. */
const PATIENCE_MS = 1000;

/** What the telemetry of a settled frame says. */
export interface PictureMode {
  agc: boolean;
  /** Undefined for a part without TLinear. */
  tlinear?: boolean;
}

/**
 * Clients index palettes by 8-bit AGC pixels and take everything else for temperatures, going by the frame's own AGC bit.
 * So while the picture mode changes, no frame may pass whose pixels and telemetry could disagree.
 */
export class Settling {
  #switching = 0;
  #switched = -Infinity;
  #expected: PictureMode | undefined;

  /** The mode is about to change. Every `begin` is followed by one `end`. */
  begin(): void {
    this.#switching += 1;
  }

  /** @param now milliseconds @param expected the mode that was set, or undefined when it is not known */
  end(now: number, expected?: PictureMode): void {
    this.#switching -= 1;
    this.#switched = now;
    this.#expected = expected;
  }

  accepts(frame: Frame): boolean {
    if (this.#switching > 0) return false;
    const since = frame.captured - this.#switched;
    if (since < MIXED_MS) return false;
    return since >= PATIENCE_MS || this.#expected === undefined || shows(frame, this.#expected);
  }
}

function shows(frame: Frame, mode: PictureMode): boolean {
  return isAGCEnabled(frame) === mode.agc && (mode.tlinear === undefined || isTLinearEnabled(frame) === mode.tlinear);
}
