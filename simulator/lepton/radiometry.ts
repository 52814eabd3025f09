// SPDX-License-Identifier: Apache-2.0

import type { Settings } from "./settings";

// Local copies: the tables below call these a million times, and access to a global is slow under jest.
const { exp, log, round } = Math;

/** 0 °C in kelvin. */
export const CELSIUS_ZERO = 273.15;
/** Greatest value of the detector's 14 bits. */
export const MAX_COUNTS = 16383;

/** Planck-curve constants of one gain: signal S(T) = R / (e^(B/T) − F) + O, in counts and kelvin. */
export interface Rbfo {
  readonly r: number;
  readonly b: number;
  readonly f: number;
  readonly o: number;
}

/** Constants from the form that CCI and telemetry carry: R, B × 1000, F × 1000, O × 1000. */
export function rbfoOf(words: readonly number[]): Rbfo {
  const [r = 0, b = 0, f = 0, o = 0] = words;
  return { r, b: b / 1000, f: f / 1000, o: o / 1000 };
}

/** Flux counts of a black body at `kelvin`. */
export function signalOf(rbfo: Rbfo, kelvin: number): number {
  return rbfo.r / (exp(rbfo.b / kelvin) - rbfo.f) + rbfo.o;
}

/** The temperature of a black body that gives `counts`; 0 below the curve. */
export function kelvinOf(rbfo: Rbfo, counts: number): number {
  const above = counts - rbfo.o;
  if (above <= 0) return 0;
  return rbfo.b / log(rbfo.r / above + rbfo.f);
}

/** TLinear words per kelvin, by the resolution as CCI and telemetry carry it. */
export function scaleOf(resolution: number): 10 | 100 {
  return resolution === 1 ? 100 : 10;
}

/** Steps per kelvin of the temperature → signal table: a step is far below the noise. */
export const LUT_STEPS = 128;
const LUT_SIZE = 1024 * LUT_STEPS;

function countsTable(signal: Float32Array, scale: number): Uint16Array {
  const table = new Uint16Array(0x10000);
  const step = LUT_STEPS / scale;
  for (let word = 0; word < table.length; word++) {
    const at = (word * step) | 0;
    const flux = signal[at < LUT_SIZE ? at : LUT_SIZE - 1] as number;
    table[word] = flux < MAX_COUNTS ? flux : MAX_COUNTS;
  }
  return table;
}

/**
 * Temperature → counts for the detector, and counts → TLinear words for the video path, as tables.
 * Rebuilt only when the constants, the flux-linear parameters, the gain or the resolution change.
 */
export class Radiometry {
  /** Signal by temperature × LUT_STEPS, for the active gain. */
  signal: Float32Array = new Float32Array(0);
  /** TLinear word by counts. */
  readonly tlinear = new Uint16Array(MAX_COUNTS + 1);
  private readonly signals = new Map<string, Float32Array>();
  private key = "";
  /** Counts by TLinear word, made when they are first needed; undefined: not since `signal` changed. */
  private counts: { readonly scale: number; readonly table: Uint16Array } | undefined;

  /** The external constants of the active gain. */
  rbfo: Rbfo = { r: 1, b: 1, f: 0, o: 0 };
  /** TLinear words per kelvin. */
  scale: 10 | 100 = 100;

  /** Rebuilds the tables if the settings have changed. */
  update(settings: Settings, lowGain: boolean): void {
    const words = lowGain ? settings.rbfoExternalLow : settings.rbfoExternalHigh;
    const key = `${words.join()};${settings.fluxLinear.join()};${settings.tlinearResolution}`;
    if (key === this.key) return;
    this.key = key;
    this.rbfo = rbfoOf(words);
    this.scale = scaleOf(settings.tlinearResolution);
    this.signal = this.signalTable(words.join());
    this.counts = undefined;
    this.buildTlinear(settings.fluxLinear);
  }

  /** The detector's counts of a temperature, by its TLinear word. @param scale words per kelvin */
  countsOfTlinear(scale: number): Uint16Array {
    if (this.counts?.scale !== scale) this.counts = { scale, table: countsTable(this.signal, scale) };
    return this.counts.table;
  }

  private signalTable(name: string): Float32Array {
    let table = this.signals.get(name);
    if (table === undefined) {
      // Two gains, and rarely constants that a host has calibrated: a few tables.
      if (this.signals.size >= 4) this.signals.clear();
      table = new Float32Array(LUT_SIZE);
      for (let i = 1; i < LUT_SIZE; i++) table[i] = signalOf(this.rbfo, i / LUT_STEPS);
      table[0] = this.rbfo.o;
      this.signals.set(name, table);
    }
    return table;
  }

  /**
   * Received signal: τw·(τa·(ε·S(Tobject) + (1−ε)·S(Tbkg)) + (1−τa)·S(Tatm)) + ρw·S(Trefl) + (1−τw−ρw)·S(Twindow)
   * (IDD 4.8.8); TLinear solves it for Tobject.
   */
  private buildTlinear(fluxLinear: readonly number[]): void {
    const [e = 8192, tBkg = 0, tauW = 8192, tWin = 0, tauA = 8192, tAtm = 0, reflW = 0, tRefl = 0] = fluxLinear;
    const s = (centikelvin: number): number => signalOf(this.rbfo, centikelvin / 100);
    const emissivity = e / 8192;
    const window = tauW / 8192;
    const air = tauA / 8192;
    const reflection = reflW / 8192;
    const added =
      window * (air * (1 - emissivity) * s(tBkg) + (1 - air) * s(tAtm)) +
      reflection * s(tRefl) +
      (1 - window - reflection) * s(tWin);
    const gain = window * air * emissivity;
    for (let counts = 0; counts <= MAX_COUNTS; counts++) {
      const word = round(kelvinOf(this.rbfo, (counts - added) / gain) * this.scale);
      this.tlinear[counts] = word > 0xffff ? 0xffff : word;
    }
  }
}
