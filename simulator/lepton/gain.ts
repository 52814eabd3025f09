// SPDX-License-Identifier: Apache-2.0

import { CELSIUS_ZERO, rbfoOf, signalOf } from "./radiometry";
import * as geometry from "./scene/scene";
import type { Settings } from "./settings";

// Local copies: an imported constant is a property access at each use, which costs time in loops over pixels.
const { COLUMNS } = geometry;

/** Gain modes (IDD 4.5.19). */
export const GAIN_MODE = { HIGH: 0, LOW: 1, AUTO: 2 } as const;

/** Flux thresholds of the automatic switch in high-gain counts, as telemetry row C carries them. */
export interface FluxThresholds {
  highToLow: number;
  lowToHigh: number;
}

/** High and low gain, and the automatic change between them (Engineering Datasheet 3.3, IDD 4.5.21). */
export class Gain {
  /** The part works in low gain. */
  low = false;
  /** Automatic mode requests the other gain; the next FFC applies it. */
  desired = false;

  constructor(private readonly settings: Settings) {}

  reset(): void {
    this.low = this.settings.gainMode === GAIN_MODE.LOW;
    this.desired = false;
  }

  /** Applies a SET of the gain mode. @returns true when the gain has changed, which requires an FFC */
  setMode(mode: number): boolean {
    this.settings.gainMode = mode;
    this.desired = false;
    const low = mode === GAIN_MODE.AUTO ? this.low : mode === GAIN_MODE.LOW;
    const changed = low !== this.low;
    this.low = low;
    return changed;
  }

  /** Sets `desired` from one frame's counts (PIXELS). */
  evaluate(counts: Uint16Array): void {
    if (this.settings.gainMode !== GAIN_MODE.AUTO) {
      this.desired = false;
      return;
    }
    const s = this.settings;
    const { highToLow, lowToHigh } = this.thresholdKelvin();
    const rbfo = rbfoOf(this.low ? s.rbfoExternalLow : s.rbfoExternalHigh);
    const limit = signalOf(rbfo, this.low ? lowToHigh : highToLow);
    const [startRow = 0, startCol = 0, endRow = 0, endCol = 0] = s.gainRoi;
    let above = 0;
    for (let y = startRow; y <= endRow; y++) {
      for (let i = y * COLUMNS + startCol, end = y * COLUMNS + endCol; i <= end; i++) {
        if ((counts[i] as number) > limit) above += 1;
      }
    }
    const population = (endRow - startRow + 1) * (endCol - startCol + 1);
    const percentAbove = (100 * above) / population;
    this.desired = this.low ? 100 - percentAbove > s.gainPercentLowToHigh : percentAbove > s.gainPercentHighToLow;
  }

  /** Applies a desired change; the shutter is closed. */
  applyDesired(): void {
    if (!this.desired) return;
    this.low = !this.low;
    this.desired = false;
  }

  /** Kelvin thresholds apply with TLinear on, Celsius thresholds with TLinear off. */
  private thresholdKelvin(): FluxThresholds {
    const s = this.settings;
    if (s.tlinearEnable === 1) return { highToLow: s.gainKelvinHighToLow, lowToHigh: s.gainKelvinLowToHigh };
    return { highToLow: s.gainCelsiusHighToLow + CELSIUS_ZERO, lowToHigh: s.gainCelsiusLowToHigh + CELSIUS_ZERO };
  }

  /** The thresholds in counts of the external high-gain constants, rounded down. */
  fluxThresholds(): FluxThresholds {
    const { highToLow, lowToHigh } = this.thresholdKelvin();
    const rbfo = rbfoOf(this.settings.rbfoExternalHigh);
    return { highToLow: toCounts(signalOf(rbfo, highToLow)), lowToHigh: toCounts(signalOf(rbfo, lowToHigh)) };
  }
}

function toCounts(signal: number): number {
  return Math.min(16383, Math.max(0, Math.floor(signal)));
}
