// SPDX-License-Identifier: Apache-2.0
// Telemetry rows A to D (Engineering Datasheet T2-T3; words it calls reserved as a real Lepton 3.5 sends them).
// 32-bit values are low word first. Row D is undocumented and all zeros.

import { put32 } from "./command";
import { VIDEO_FORMAT } from "./commands-vid";
import type { Ffc } from "./ffc";
import type { Gain } from "./gain";
import type { Imager } from "./imager";
import { SERIAL_WORDS, SOFTWARE_REVISION, TELEMETRY_REVISION, TRAITS } from "./models";
import type { Model } from "./models";
import type { Settings } from "./settings";
import { ROW_WORDS, TELEMETRY_STATUS, TELEMETRY_WORDS, WORD } from "./telemetry-words";
import type { Thermal } from "./thermal";

/** Index of word 0 of rows B and C. */
const B = ROW_WORDS;
const C = 2 * ROW_WORDS;

/** Words the datasheet calls reserved, as a recording of a real 3.5 has them: first index, then the words from there on. */
type Reserved = readonly (readonly [first: number, ...words: number[]])[];

const RESERVED_A: Reserved = [
  [17, 1401],
  [28, 30000],
  [40, 1, 128],
  [47, 1, 128, 100],
  [62, 7, 38, 12, 420, 54, 27, 18, 17],
];
const RESERVED_RADIOMETRIC: Reserved = [
  // The first two vary by tens from frame to frame on a real part.
  [B, 14835, 3649, 30000],
  [B + 45, 14618, 20],
  [B + 48, 14347, 43264],
  [C + 1, 3],
  [C + 20, 19200, 19200],
  [C + 27, 5163, 4589, 4073, 3284, 267],
  [C + 58, 23040],
  [C + 61, 255, 255],
  [C + 70, 1],
];

/** Identity and reserved words. */
function constantWords(model: Model): Uint16Array {
  const w = new Uint16Array(TELEMETRY_WORDS);
  const reserved = TRAITS[model].radiometric ? [...RESERVED_A, ...RESERVED_RADIOMETRIC] : RESERVED_A;
  for (const [first, ...words] of reserved) w.set(words, first);
  w[WORD.REVISION] = TELEMETRY_REVISION;
  w.set(SERIAL_WORDS, WORD.SERIAL);
  w.set(SERIAL_WORDS.slice(0, 7), WORD.SERIAL_AGAIN);
  const { major, minor, build } = SOFTWARE_REVISION;
  const revision = (major << 16) | (minor << 8) | build;
  put32(w, revision, WORD.SOFTWARE);
  put32(w, revision, WORD.SOFTWARE + 2);
  put32(w, VIDEO_FORMAT.RAW14, WORD.VIDEO_FORMAT);
  return w;
}

/** The parts of the Lepton that telemetry describes. */
export interface TelemetryParts {
  readonly model: Model;
  readonly settings: Settings;
  readonly thermal: Thermal;
  readonly ffc: Ffc;
  readonly gain: Gain;
  readonly imager: Imager;
}

/** The telemetry rows of a frame (TELEMETRY_WORDS), in one buffer that each frame overwrites. */
export class Telemetry {
  readonly words = new Uint16Array(TELEMETRY_WORDS);
  /** Words that are the same in every frame. */
  private readonly constants: Uint16Array;

  constructor(private readonly parts: TelemetryParts) {
    this.constants = constantWords(parts.model);
  }

  /**
   * Fills rows A to D for the frame that `imager` has begun.
   * @param uptimeMs milliseconds since reset
   * @param frame the frame counter
   * @param overTemperature status bit 20
   */
  fill(uptimeMs: number, frame: number, overTemperature: boolean): Uint16Array {
    const { imager, ffc, model } = this.parts;
    const w = this.words;
    if (imager.telemetry !== undefined) w.fill(0).set(imager.telemetry);
    else {
      w.set(this.constants);
      this.fillA(overTemperature);
      if (TRAITS[model].radiometric) this.fillB();
      this.fillC();
    }
    this.fillMeasured();
    this.put32(WORD.TIME_COUNTER, uptimeMs);
    this.put32(WORD.FRAME_COUNTER, frame);
    this.put32(WORD.TIME_AT_FFC, ffc.lastMs);
    return w;
  }

  /** Fills the words that are measured in the pixels. A recording has its own. */
  fillMeasured(): void {
    const { imager, model } = this.parts;
    if (imager.telemetry !== undefined) return;
    const w = this.words;
    w[WORD.FRAME_MEAN] = imager.meanCounts;
    if (!TRAITS[model].radiometric) return;
    w[WORD.SPOT_MEAN] = imager.spot.mean;
    w[WORD.SPOT_MAX] = imager.spot.max;
    w[WORD.SPOT_MIN] = imager.spot.min;
    w[WORD.SPOT_POPULATION] = imager.spot.population;
  }

  private put32(index: number, value: number): void {
    put32(this.words, value, index);
  }

  private putRbfo(index: number, rbfo: readonly number[]): void {
    for (let i = 0; i < 4; i++) this.put32(index + 2 * i, rbfo[i] ?? 0);
  }

  private fillA(overTemperature: boolean): void {
    const { settings, thermal, ffc, imager, model } = this.parts;
    const w = this.words;
    let status: number = TELEMETRY_STATUS.ALWAYS | (ffc.state << TELEMETRY_STATUS.FFC_STATE_SHIFT);
    if (ffc.desired) status |= TELEMETRY_STATUS.FFC_DESIRED;
    if (imager.output === "agc") status |= TELEMETRY_STATUS.AGC;
    if (ffc.lockedOut) status |= TELEMETRY_STATUS.SHUTTER_LOCKOUT;
    if (overTemperature) status |= TELEMETRY_STATUS.OVER_TEMPERATURE;
    this.put32(WORD.STATUS, status);
    w[WORD.FPA_COUNTS] = thermal.fpaCounts;
    w[WORD.FPA_TEMP] = thermal.fpaCentikelvin;
    w[WORD.FPA_TEMP_AT_FFC] = Math.round(ffc.lastFpaKelvin * 100);
    if (TRAITS[model].housingSensor) {
      w[WORD.HOUSING_COUNTS] = thermal.housingCounts;
      w[WORD.HOUSING_TEMP] = thermal.housingCentikelvin;
      w[WORD.HOUSING_TEMP_AT_FFC] = Math.round(ffc.lastHousingKelvin * 100);
    }
    // Left, top, right, bottom as real parts send it; the datasheet has top first.
    w.set(settings.agcRoi, WORD.AGC_ROI);
    w[WORD.CLIP_HIGH] = settings.agcHeqClipHigh;
    w[WORD.CLIP_LOW] = settings.agcHeqClipLow;
    w[WORD.FOCUS_THRESHOLD] = settings.focusThreshold;
    w[WORD.LOG2_FFC_FRAMES] = settings.framesToAverage;
    w.set(settings.focusRoi, WORD.FOCUS_ROI);
  }

  private fillB(): void {
    const { settings, gain, thermal } = this.parts;
    const w = this.words;
    const [e = 0, tBkg = 0, tauW = 0, tWin = 0, tauA = 0, tAtm = 0, reflW = 0, tRefl = 0] = settings.fluxLinear;
    this.putRbfo(WORD.RBFO_INTERNAL, gain.low ? settings.rbfoInternalLow : settings.rbfoInternalHigh);
    this.putRbfo(WORD.RBFO_EXTERNAL, gain.low ? settings.rbfoExternalLow : settings.rbfoExternalHigh);
    w[WORD.EMISSIVITY] = e;
    w[WORD.BACKGROUND_TEMP] = tBkg;
    w[WORD.ATMOSPHERE_TRANSMISSION] = tauA;
    w[WORD.ATMOSPHERE_TEMP] = tAtm;
    w[WORD.WINDOW_TRANSMISSION] = tauW;
    w[WORD.WINDOW_REFLECTION] = reflW;
    w[WORD.WINDOW_TEMP] = tWin;
    w[WORD.WINDOW_REFLECTED_TEMP] = tRefl;
    // Undocumented; on real parts it lies within a few kelvin of the camera's own temperature.
    w[B + 39] = thermal.housingCentikelvin;
  }

  private fillC(): void {
    const { settings: s, gain, model } = this.parts;
    const w = this.words;
    if (TRAITS[model].gainModes) {
      const flux = gain.fluxThresholds();
      w[WORD.GAIN_MODE] = s.gainMode;
      w[WORD.EFFECTIVE_GAIN] = gain.low ? 1 : 0;
      w[WORD.GAIN_DESIRED] = gain.desired ? 1 : 0;
      w[WORD.CELSIUS_THRESHOLDS] = s.gainCelsiusHighToLow;
      w[WORD.CELSIUS_THRESHOLDS + 1] = s.gainCelsiusLowToHigh;
      w[WORD.KELVIN_THRESHOLDS] = s.gainKelvinHighToLow;
      w[WORD.KELVIN_THRESHOLDS + 1] = s.gainKelvinLowToHigh;
      w[WORD.FLUX_THRESHOLDS] = flux.highToLow;
      w[WORD.FLUX_THRESHOLDS + 1] = flux.lowToHigh;
      w[WORD.PERCENTAGES] = s.gainPercentHighToLow;
      w[WORD.PERCENTAGES + 1] = s.gainPercentLowToHigh;
      // Undocumented; on real parts 4800 and 17280: 25 and 90 percent of the region's pixels.
      w[WORD.POPULATIONS] = (s.gainPercentHighToLow * s.gainPopulation) / 100;
      w[WORD.POPULATIONS + 1] = (s.gainPercentLowToHigh * s.gainPopulation) / 100;
      w.set(s.gainRoi, WORD.GAIN_ROI);
      this.putRbfo(WORD.RBFO_LOW_INTERNAL, s.rbfoInternalLow);
      this.putRbfo(WORD.RBFO_LOW_EXTERNAL, s.rbfoExternalLow);
    }
    if (!TRAITS[model].radiometric) return;
    w[WORD.TLINEAR_ENABLED] = s.tlinearEnable;
    w[WORD.TLINEAR_RESOLUTION] = s.tlinearResolution;
    // Undocumented; the same as TLinear enabled in every recording, with TLinear on and off.
    w[WORD.TLINEAR_AGAIN] = s.tlinearEnable;
    w.set(s.spotRoi, WORD.SPOT_ROI);
  }
}
