// SPDX-License-Identifier: Apache-2.0

import { TRAITS } from "./models";
import type { Model } from "./models";

/** All settings of CCI, as CCI carries them. Arrays are replaced, never changed in place. */
export interface Settings {
  agcEnable: number;
  agcPolicy: number;
  /** startCol, startRow, endCol, endRow, as in all regions except gain's and the spotmeter's. */
  agcRoi: readonly number[];
  agcHeqDampening: number;
  agcHeqClipHigh: number;
  agcHeqClipLow: number;
  agcHeqEmptyCounts: number;
  agcHeqScale: number;
  agcCalcEnable: number;
  agcHeqLinearPercent: number;

  telemetryEnable: number;
  telemetryLocation: number;
  /** As a power of two. */
  framesToAverage: number;
  sceneRoi: readonly number[];
  shutterPosition: number;
  ffcMode: number;
  ffcFreeze: number;
  ffcPeriodMs: number;
  ffcExplicitOpen: number;
  ffcTempDelta: number;
  ffcImminentDelay: number;
  gainMode: number;
  /** startRow, startCol, endRow, endCol. */
  gainRoi: readonly number[];
  gainPercentHighToLow: number;
  gainPercentLowToHigh: number;
  gainCelsiusHighToLow: number;
  gainCelsiusLowToHigh: number;
  gainKelvinHighToLow: number;
  gainKelvinLowToHigh: number;
  gainPopulation: number;
  gainTempEnabled: number;

  polarity: number;
  colorLut: number;
  lowGainColorLut: number;
  userLut: Uint16Array;
  focusEnable: number;
  focusRoi: readonly number[];
  focusThreshold: number;
  videoFreeze: number;

  videoOutputEnable: number;
  videoOutputSource: number;
  constantValue: number;
  normalizationTarget: number;
  gpioMode: number;
  vsyncPhase: number;
  shutterCloseFrames: number;
  shutterOpenFrames: number;
  thermalShutdownEnable: number;
  badPixelReplacement: number;
  temporalFilter: number;
  columnFilter: number;
  pixelFilter: number;

  radiometryEnable: number;
  /** R, B × 1000, F × 1000, O × 1000. */
  rbfoInternalHigh: readonly number[];
  rbfoExternalHigh: readonly number[];
  rbfoInternalLow: readonly number[];
  rbfoExternalLow: readonly number[];
  tShutterMode: number;
  tShutter: number;
  /** emissivity, TBkg, tauWindow, TWindow, tauAtm, TAtm, reflWindow, TRefl: ratios of 8192, temperatures in 0.01 K. */
  fluxLinear: readonly number[];
  tlinearEnable: number;
  tlinearResolution: number;
  tlinearAutoResolution: number;
  /** startRow, startCol, endRow, endCol. */
  spotRoi: readonly number[];
}

/** The names of the settings that are one number. */
export type NumberSetting = { [K in keyof Settings]: Settings[K] extends number ? K : never }[keyof Settings];
/** The names of the settings that are several numbers. */
export type ListSetting = { [K in keyof Settings]: Settings[K] extends readonly number[] ? K : never }[keyof Settings];

const WHOLE_ARRAY = [0, 0, 159, 119];

/** Settings after reset. Those of radiometric models are the factory values of real parts. */
export function defaultSettings(model: Model): Settings {
  const traits = TRAITS[model];
  const radiometric = traits.radiometric ? 1 : 0;
  const fluxTemperature = traits.radiometric ? 29515 : 30000;
  return {
    agcEnable: 0,
    agcPolicy: 1,
    agcRoi: WHOLE_ARRAY,
    agcHeqDampening: 64,
    agcHeqClipHigh: 19200,
    agcHeqClipLow: 512,
    agcHeqEmptyCounts: 2,
    agcHeqScale: 0,
    agcCalcEnable: 0,
    agcHeqLinearPercent: 20,

    telemetryEnable: 0,
    telemetryLocation: 1,
    framesToAverage: 3,
    sceneRoi: WHOLE_ARRAY,
    shutterPosition: 1,
    ffcMode: 1,
    ffcFreeze: 1,
    ffcPeriodMs: traits.ffcPeriodMs,
    ffcExplicitOpen: 0,
    ffcTempDelta: traits.ffcTempDelta,
    ffcImminentDelay: 52,
    gainMode: 0,
    gainRoi: [0, 0, 119, 159],
    gainPercentHighToLow: 25,
    gainPercentLowToHigh: 90,
    gainCelsiusHighToLow: 115,
    gainCelsiusLowToHigh: 85,
    gainKelvinHighToLow: 388,
    gainKelvinLowToHigh: 358,
    gainPopulation: 19200,
    gainTempEnabled: 0,

    polarity: 0,
    colorLut: 1,
    lowGainColorLut: 1,
    userLut: new Uint16Array(512),
    focusEnable: 0,
    focusRoi: [1, 1, 158, 118],
    focusThreshold: 30,
    videoFreeze: 0,

    videoOutputEnable: 1,
    videoOutputSource: 1,
    constantValue: 0,
    normalizationTarget: 8192,
    gpioMode: 0,
    vsyncPhase: 0,
    shutterCloseFrames: 4,
    shutterOpenFrames: 1,
    thermalShutdownEnable: 1,
    badPixelReplacement: 1,
    temporalFilter: 1,
    columnFilter: 1,
    pixelFilter: 1,

    radiometryEnable: radiometric,
    rbfoInternalHigh: [395653, 1435000, 1000, 156000],
    rbfoExternalHigh: [366303, 1435000, 1000, 162247],
    rbfoInternalLow: [64155, 1470000, 1000, 728000],
    rbfoExternalLow: [104101, 1470000, 1000, 330859],
    tShutterMode: 1,
    tShutter: 30000,
    fluxLinear: [8192, fluxTemperature, 8192, fluxTemperature, 8192, fluxTemperature, 0, fluxTemperature],
    tlinearEnable: radiometric,
    tlinearResolution: radiometric,
    tlinearAutoResolution: 0,
    spotRoi: [59, 79, 60, 80],
  };
}
