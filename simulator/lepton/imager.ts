// SPDX-License-Identifier: Apache-2.0

import { Agc } from "./agc";
import type { Ffc } from "./ffc";
import type { Gain } from "./gain";
import { TRAITS } from "./models";
import type { Model } from "./models";
import { Noise } from "./noise";
import * as tables from "./radiometry";
import { Radiometry, scaleOf, signalOf } from "./radiometry";
import * as geometry from "./scene/scene";
import type { Scene, WordScene } from "./scene/scene";
import type { Settings } from "./settings";
import { regionStatistics } from "./statistics";
import type { RegionStatistics } from "./statistics";
import { TELEMETRY_STATUS, WORD } from "./telemetry-words";
import type { Thermal } from "./thermal";

// Local copies: an imported constant is a property access at each use, which costs time in loops over pixels.
const { COLUMNS, PIXELS, ROWS } = geometry;
const { LUT_STEPS, MAX_COUNTS } = tables;

/** Kind of a frame's words: 8 bits, temperatures, or 14-bit counts. */
export type Output = "agc" | "tlinear" | "raw";

/** Video output sources that the emulator has (IDD 4.7.8). */
export const VIDEO_SOURCE = { RAW: 0, COOKED: 1, RAMP: 2, CONSTANT: 3, RAMP_H: 4, RAMP_V: 5 } as const;

/** Bad pixels, visible when bad-pixel replacement is off. */
const BAD_PIXELS: readonly number[] = [1234, 5077, 9321, 14410, 17777];
/** Responsivity follows the camera's temperature when radiometry is off. */
const RESPONSIVITY_PER_KELVIN = 0.003;
const RESPONSIVITY_KELVIN = 300;

/** The parts of the Lepton that the picture depends on. */
export interface ImagerParts {
  readonly model: Model;
  readonly settings: Settings;
  readonly thermal: Thermal;
  readonly ffc: Ffc;
  readonly gain: Gain;
  readonly seed: number;
}

/** The moment of a frame whose pixels are not computed yet. */
interface Exposure {
  readonly scene: Scene;
  /** Board time in microseconds. */
  readonly timeUs: number;
  /** The frame counter. */
  readonly frame: number;
  /** The detector sees the shutter. */
  readonly shutterClosed: boolean;
  /** Seconds since the last FFC; undefined before the first. */
  readonly sinceFfc: number | undefined;
  /** Change of the FPA's temperature since the last FFC. */
  readonly driftKelvin: number;
  readonly fpaKelvin: number;
  readonly housingKelvin: number;
}

/**
 * From scene to words: detector, noise, radiometry, AGC. Buffers are allocated once.
 * `expose` fixes the moment of a frame, `develop` computes its pixels. A frame is not computed
 * when no segment of it is read and no command comes; the next frame is the same in both cases.
 */
export class Imager {
  /** The developed frame's words (PIXELS, row by row) as VoSPI carries them: 8 bits, 14-bit counts or TLinear. */
  readonly words = new Uint16Array(PIXELS);
  /** The developed frame's 14-bit counts, before TLinear and AGC. */
  readonly counts = new Uint16Array(PIXELS);
  /** Called when a frame is developed. */
  onDeveloped: (() => void) | undefined;
  /** Kind of `words`. */
  output: Output = "raw";
  /** Rows A to C (240 words) of a recorded frame; undefined for other frames. */
  telemetry: Uint16Array | undefined;
  readonly radiometry = new Radiometry();
  readonly agc = new Agc();
  readonly noise: Noise;
  readonly spot: RegionStatistics = { mean: 0, max: 0, min: 0, population: 0 };
  /** Mean of the counts over the array, rounded down. */
  meanCounts = 0;
  private readonly kelvin = new Float32Array(PIXELS);
  private readonly temperatures = new Uint16Array(PIXELS);
  private exposure: Exposure | undefined;

  constructor(private readonly parts: ImagerParts) {
    this.noise = new Noise(parts.seed);
  }

  /** Power-up or reset: new pixel offsets, no AGC history, a black picture. */
  reset(): void {
    this.exposure = undefined;
    this.noise.reset();
    this.agc.reset();
    this.words.fill(0);
    this.counts.fill(0);
    this.telemetry = undefined;
  }

  /** The output that the settings select. */
  private outputNow(): Output {
    const { settings, model } = this.parts;
    if (settings.agcEnable === 1) return "agc";
    return TRAITS[model].radiometric && settings.radiometryEnable === 1 && settings.tlinearEnable === 1
      ? "tlinear"
      : "raw";
  }

  /**
   * Begins a frame: fixes what it shows.
   * @param timeUs board time, in microseconds
   * @param seconds uptime in seconds
   * @param frame the frame counter telemetry will carry
   * @param shutterClosed the detector sees the shutter
   */
  expose(scene: Scene, timeUs: number, seconds: number, frame: number, shutterClosed: boolean): void {
    const { settings, thermal, ffc, gain } = this.parts;
    // The noise of a frame that was skipped is a step towards this frame's.
    if (this.exposure !== undefined && this.usesDetector(this.exposure))
      this.noise.advance(settings.temporalFilter === 1);
    this.radiometry.update(settings, gain.low);
    const sinceFfc = ffc.count > 0 ? seconds - ffc.lastMs / 1000 : undefined;
    const { fpaKelvin, housingKelvin } = thermal;
    const driftKelvin = fpaKelvin - ffc.lastFpaKelvin;
    this.exposure = { scene, timeUs, frame, shutterClosed, sinceFfc, driftKelvin, fpaKelvin, housingKelvin };
    const recorded = this.wordScene(this.exposure)?.telemetry;
    this.telemetry = recorded;
    this.output = recorded === undefined ? this.outputNow() : outputOf(recorded);
    // AGC follows every frame.
    if (settings.agcEnable === 1 || settings.agcCalcEnable === 1) this.develop();
  }

  /** Computes the pixels of the frame begun last, and what is measured of them. Does nothing when that is done. */
  develop(): void {
    const { exposure } = this;
    if (exposure === undefined) return;
    this.exposure = undefined;
    const { videoOutputSource } = this.parts.settings;
    const words = this.wordScene(exposure);
    if (videoOutputSource >= VIDEO_SOURCE.RAMP) this.pattern(videoOutputSource);
    else if (words !== undefined) this.takeWords(words, exposure.frame);
    else {
      this.detect(exposure);
      this.process();
    }
    this.measure();
    this.onDeveloped?.();
  }

  /** The scene of words that the frame shows; undefined when the detector or the pattern generator makes the picture. */
  private wordScene({ scene, shutterClosed }: Exposure): WordScene | undefined {
    if (this.parts.settings.videoOutputSource >= VIDEO_SOURCE.RAMP || shutterClosed) return undefined;
    return scene.kind === "words" ? scene : undefined;
  }

  private usesDetector(exposure: Exposure): boolean {
    return this.parts.settings.videoOutputSource < VIDEO_SOURCE.RAMP && this.wordScene(exposure) === undefined;
  }

  /** A test pattern in place of the video path (also what an overclocked part shows). */
  pattern(source: number): void {
    const { words, counts } = this;
    const mask = this.output === "agc" ? 0xff : MAX_COUNTS;
    for (let i = 0; i < PIXELS; i++) {
      const x = i % COLUMNS;
      const y = (i / COLUMNS) | 0;
      if (source === VIDEO_SOURCE.CONSTANT) words[i] = this.parts.settings.constantValue;
      else if (source === VIDEO_SOURCE.RAMP_H) words[i] = x;
      else if (source === VIDEO_SOURCE.RAMP_V) words[i] = y;
      else words[i] = i;
      words[i] = (words[i] as number) & mask;
    }
    counts.set(words);
  }

  /** Takes a scene's words unchanged. A recording's telemetry, not the settings, says of which kind its words are. */
  private takeWords(scene: WordScene, frame: number): void {
    const { words, counts } = this;
    const recorded = scene.telemetry;
    const output = this.outputNow();
    scene.words(frame, words, output === "agc" ? 8 : output === "raw" ? 14 : 16);
    if (this.output === "tlinear") this.countsOfTemperatures(recorded);
    else if (this.output === "agc" && recorded !== undefined) counts.fill(recorded[WORD.FRAME_MEAN] as number);
    else for (let i = 0; i < PIXELS; i++) counts[i] = (words[i] as number) & MAX_COUNTS;
  }

  /** Computes counts from TLinear words, at a recording's own resolution. */
  private countsOfTemperatures(recorded: Uint16Array | undefined): void {
    const { words, counts, radiometry } = this;
    const scale = recorded === undefined ? radiometry.scale : scaleOf(recorded[WORD.TLINEAR_RESOLUTION] as number);
    const table = radiometry.countsOfTlinear(scale);
    for (let i = 0; i < PIXELS; i++) counts[i] = table[words[i] as number] as number;
  }

  /** The detector: signal of the temperature plus noise, as 14-bit counts. */
  private detect({ scene, timeUs, shutterClosed, sinceFfc, driftKelvin, fpaKelvin, housingKelvin }: Exposure): void {
    const { settings } = this.parts;
    const { kelvin, counts, noise } = this;
    const signal = this.radiometry.signal;
    const last = signal.length - 1;
    if (shutterClosed || scene.kind === "words") kelvin.fill(housingKelvin);
    else scene.render(timeUs, kelvin);
    const temporalFilter = settings.temporalFilter === 1;
    noise.advance(temporalFilter);
    const { pixels, columns, pattern } = noise;
    const pixelCounts = noise.pixelCounts(temporalFilter, settings.pixelFilter === 1);
    const columnCounts = noise.columnCounts(settings.columnFilter === 1);
    const offsetCounts = noise.offsetCounts(sinceFfc, driftKelvin);
    const { gain, level } = this.responsivity(fpaKelvin);
    for (let y = 0, i = 0; y < ROWS; y++) {
      for (let x = 0; x < COLUMNS; x++, i++) {
        const at = ((kelvin[i] as number) * LUT_STEPS) | 0;
        const noisy =
          (signal[at < last ? at : last] as number) +
          pixelCounts * (pixels[i] as number) +
          columnCounts * (columns[x] as number) +
          offsetCounts * (pattern[i] as number);
        const c = (gain * noisy + level + 0.5) | 0;
        counts[i] = c < 0 ? 0 : c > MAX_COUNTS ? MAX_COUNTS : c;
      }
    }
    if (noise.ghost !== undefined) this.addGhost(noise.ghost);
    if (settings.badPixelReplacement === 0) for (const i of BAD_PIXELS) counts[i] = 0;
  }

  /** Radiometry on: flux. Off: around a fixed level, with a gain that depends on the camera's temperature. */
  private responsivity(fpaKelvin: number): { gain: number; level: number } {
    const { model, settings } = this.parts;
    if (settings.radiometryEnable === 1) return { gain: 1, level: 0 };
    const gain = 1 + RESPONSIVITY_PER_KELVIN * (fpaKelvin - RESPONSIVITY_KELVIN);
    const camera = signalOf(this.radiometry.rbfo, fpaKelvin);
    return { gain, level: TRAITS[model].nonRadiometricLevel - gain * camera };
  }

  private addGhost(ghost: Float32Array): void {
    const { counts } = this;
    for (let i = 0; i < PIXELS; i++) {
      const c = Math.round((counts[i] as number) - (ghost[i] as number));
      counts[i] = c < 0 ? 0 : c > MAX_COUNTS ? MAX_COUNTS : c;
    }
  }

  /** Ends an FFC. One that saw the scene instead of the shutter burns the scene in, inverted. */
  afterFfc(sawScene: boolean): void {
    this.develop();
    this.noise.newPattern();
    if (!sawScene) return;
    const ghost = new Float32Array(PIXELS);
    for (let i = 0; i < PIXELS; i++) ghost[i] = (this.counts[i] as number) - this.meanCounts;
    this.noise.ghost = ghost;
  }

  /** The video path: AGC, TLinear or neither. */
  private process(): void {
    const { settings } = this.parts;
    const { counts, words } = this;
    if (this.output === "agc" || settings.agcCalcEnable === 1) this.agc.update(counts, settings);
    if (this.output === "agc") this.agc.apply(counts, words, settings.polarity === 1);
    else if (this.output === "raw") words.set(counts);
    else {
      const tlinear = this.radiometry.tlinear;
      for (let i = 0; i < PIXELS; i++) words[i] = tlinear[counts[i] as number] as number;
    }
  }

  /** Measures spotmeter and frame mean, which telemetry has, in this frame's words and counts. */
  private measure(): void {
    const { counts } = this;
    this.measureSpot();
    let sum = 0;
    for (let i = 0; i < PIXELS; i++) sum += counts[i] as number;
    this.meanCounts = Math.floor(sum / PIXELS);
  }

  /** Measures the spotmeter, in kelvin even when the words are not. A recording's value comes from its telemetry. */
  measureSpot(): void {
    if (this.telemetry !== undefined) {
      const [mean = 0, max = 0, min = 0, population = 0] = this.telemetry.subarray(WORD.SPOT_MEAN);
      Object.assign(this.spot, { mean, max, min, population });
      return;
    }
    const [row0 = 0, col0 = 0, row1 = 0, col1 = 0] = this.parts.settings.spotRoi;
    let words = this.words;
    if (this.output !== "tlinear") {
      words = this.temperatures;
      for (let y = row0; y <= row1; y++) {
        for (let i = y * COLUMNS + col0, end = y * COLUMNS + col1; i <= end; i++) {
          words[i] = this.radiometry.tlinear[this.counts[i] as number] as number;
        }
      }
    }
    regionStatistics(words, row0, col0, row1, col1, this.spot);
  }

  /** Statistics of the words in the scene's region. */
  sceneStatistics(): RegionStatistics {
    return this.inScene(this.words);
  }

  /** Mean of the counts in the scene's region (OEM frame mean). */
  regionMean(): number {
    return this.inScene(this.counts).mean;
  }

  private inScene(words: Uint16Array): RegionStatistics {
    const [startCol = 0, startRow = 0, endCol = 0, endRow = 0] = this.parts.settings.sceneRoi;
    const out = { mean: 0, max: 0, min: 0, population: 0 };
    return regionStatistics(words, startRow, startCol, endRow, endCol, out);
  }

  /** A sharpness figure: mean squared gradient above the threshold over the focus region. */
  focusMetric(): number {
    const { counts } = this;
    const { focusRoi, focusThreshold } = this.parts.settings;
    const [startCol = 1, startRow = 1, endCol = 158, endRow = 118] = focusRoi;
    let sum = 0;
    let population = 0;
    for (let y = startRow; y <= endRow; y++) {
      for (let x = startCol; x <= endCol; x++) {
        const i = y * COLUMNS + x;
        const gx = (counts[i + 1] as number) - (counts[i - 1] as number);
        const gy = (counts[i + COLUMNS] as number) - (counts[i - COLUMNS] as number);
        const squared = gx * gx + gy * gy;
        if (squared > focusThreshold * focusThreshold) sum += squared;
        population += 1;
      }
    }
    return Math.floor(sum / population) >>> 0;
  }
}

/** Kind of a recorded frame's words, from its telemetry. AGC takes precedence over TLinear. */
function outputOf(telemetry: Uint16Array): Output {
  if (((telemetry[WORD.STATUS] as number) & TELEMETRY_STATUS.AGC) !== 0) return "agc";
  return telemetry[WORD.TLINEAR_ENABLED] === 1 ? "tlinear" : "raw";
}
