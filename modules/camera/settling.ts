// SPDX-License-Identifier: Apache-2.0
import type { Frame } from "./frame";
import { isAGCEnabled, isTLinearEnabled } from "./telemetry";

/**
 * A frame begun before a mode switch may be half old, half new. Readout takes 38 ms, and the exposure was at most one
 * frame period (114 ms) earlier; two periods include a margin.
 */
const MIXED_MS = 230;
/**
 * After this time the sensor's reported mode is accepted even if it is not the expected one: a client may have set it
 * by CCI.
 */
const ACCEPT_ANYWAY_MS = 1000;

/** Picture mode, as the telemetry of a settled frame reports it. */
export interface PictureMode {
  agc: boolean;
  /** Undefined for a Lepton without TLinear. */
  tlinear?: boolean;
}

/**
 * Drops frames during a change of the picture mode. Clients use 8-bit AGC pixels as palette indices and all others as
 * temperatures, according to the frame's own AGC bit, so no frame may pass whose pixels and telemetry could disagree.
 */
export class Settling {
  private switching = 0;
  private switched = -Infinity;
  private expected: PictureMode | undefined;

  /** The mode is about to change. Each `begin` is followed by one `end`. */
  begin(): void {
    this.switching += 1;
  }

  /** @param now milliseconds @param expected the mode that was set, or undefined when it is unknown */
  end(now: number, expected?: PictureMode): void {
    this.switching -= 1;
    this.switched = now;
    this.expected = expected;
  }

  accepts(frame: Frame): boolean {
    if (this.switching > 0) return false;
    const since = frame.captured - this.switched;
    if (since < MIXED_MS) return false;
    return since >= ACCEPT_ANYWAY_MS || this.expected === undefined || shows(frame, this.expected);
  }
}

const shows = (frame: Frame, mode: PictureMode): boolean =>
  isAGCEnabled(frame) === mode.agc && (mode.tlinear === undefined || isTLinearEnabled(frame) === mode.tlinear);
