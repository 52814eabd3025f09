// SPDX-License-Identifier: Apache-2.0

import { get32, isRegion, MODE_CHANGE_US, ModuleBuilder, put32 } from "./command";
import type { Catalogue, Part } from "./command";
import { FFC_STATE } from "./ffc";
import { GAIN_MODE } from "./gain";
import { SERIAL_WORDS } from "./models";
import { RESULT } from "./registers";

/** SYS module, 0x0200 (IDD 4.5). */
export const SYS = {
  PING: 0x0200,
  CAMERA_STATUS: 0x0204,
  FLIR_SERIAL: 0x0208,
  UPTIME: 0x020c,
  AUX_TEMP: 0x0210,
  FPA_TEMP: 0x0214,
  TELEMETRY_ENABLE: 0x0218,
  TELEMETRY_LOCATION: 0x021c,
  FRAME_AVERAGE: 0x0220,
  FRAMES_TO_AVERAGE: 0x0224,
  CUSTOMER_SERIAL: 0x0228,
  SCENE_STATISTICS: 0x022c,
  SCENE_ROI: 0x0230,
  THERMAL_SHUTDOWN_COUNT: 0x0234,
  SHUTTER_POSITION: 0x0238,
  FFC_MODE: 0x023c,
  RUN_FFC: 0x0240,
  FFC_STATUS: 0x0244,
  GAIN_MODE: 0x0248,
  FFC_STATE: 0x024c,
  GAIN_MODE_OBJECT: 0x0250,
  GAIN_MODE_DESIRED: 0x0254,
} as const;

/** SYS camera status states (IDD 4.5.2 and SDK). */
const CAMERA_STATE = { READY: 0, FFC_IN_PROGRESS: 4, FFC_IMMINENT: 5, THERMAL_SHUTDOWN: 6 } as const;
/** FFC and frame averaging status (IDD 4.5.18). */
export const RUN_STATUS = { READY: 0, BUSY: 1, COLLECTING: 2 } as const;

/** Frames to average is a power of two: 0 = 1 frame … 7 = 128 frames (IDD 4.5.10). */
const MAX_LOG2_FRAMES = 7;

/** BUSY time of RUN FFC: shorter than the FFC, whose end SYS FFC Status shows. */
export const RUN_FFC_BUSY_US = 5_000;

export function runFfc(part: Part): number {
  return part.runFfc() ? RESULT.OK : RESULT.COMMAND_NOT_ALLOWED;
}

export function addSysCommands(catalogue: Catalogue, part: Part): void {
  const m = new ModuleBuilder(catalogue, part);
  addIdentity(m, part);
  addVideo(m, part);
  addFfc(m, part);
  if (part.traits.gainModes) addGain(m, part);
}

function addIdentity(m: ModuleBuilder, part: Part): void {
  const { thermal, ffc } = part;
  m.action(SYS.PING, "SYS Ping", () => RESULT.OK);
  m.readOnly(SYS.CAMERA_STATUS, "SYS Camera Status", 4, (data) => {
    let state: number = CAMERA_STATE.READY;
    if (part.overTemperature) state = CAMERA_STATE.THERMAL_SHUTDOWN;
    else if (ffc.inProgress) state = CAMERA_STATE.FFC_IN_PROGRESS;
    else if (ffc.state === FFC_STATE.IMMINENT) state = CAMERA_STATE.FFC_IMMINENT;
    put32(data, state);
    data[2] = part.commands & 0xffff;
    data[3] = 0;
  });
  m.readOnly(SYS.FLIR_SERIAL, "SYS FLIR Serial Number", 4, (data) => data.set(SERIAL_WORDS.slice(0, 4)));
  m.readOnly(SYS.UPTIME, "SYS Uptime", 2, (data) => put32(data, part.uptimeMs()));
  if (part.traits.housingSensor) {
    m.readOnly(SYS.AUX_TEMP, "SYS AUX Temperature", 1, (data) => (data[0] = thermal.housingCentikelvin));
  }
  m.readOnly(SYS.FPA_TEMP, "SYS FPA Temperature", 1, (data) => (data[0] = thermal.fpaCentikelvin));
  // Never written by the customer: all zeros.
  m.readOnly(SYS.CUSTOMER_SERIAL, "SYS Customer Serial Number", 16, (data) => data.fill(0));
  m.readOnly(SYS.THERMAL_SHUTDOWN_COUNT, "SYS Thermal Shutdown Count", 1, (data) => (data[0] = part.shutdownFrames));
}

function addVideo(m: ModuleBuilder, part: Part): void {
  const { settings, imager } = part;
  m.long(SYS.TELEMETRY_ENABLE, "SYS Telemetry Enable", "telemetryEnable", 0, 1, undefined, MODE_CHANGE_US);
  m.long(SYS.TELEMETRY_LOCATION, "SYS Telemetry Location", "telemetryLocation", 0, 1, undefined, MODE_CHANGE_US);
  m.action(SYS.FRAME_AVERAGE, "SYS Run Frame Average", () => {
    part.averagingFrames = 1 << settings.framesToAverage;
    return RESULT.OK;
  });
  m.long(SYS.FRAMES_TO_AVERAGE, "SYS Frames To Average", "framesToAverage", 0, MAX_LOG2_FRAMES);
  m.readOnly(SYS.SCENE_STATISTICS, "SYS Scene Statistics", 4, (data) => {
    const { mean, max, min, population } = imager.sceneStatistics();
    data.set([mean, max, min, population]);
  });
  m.region(SYS.SCENE_ROI, "SYS Scene ROI", "sceneRoi", false);
  m.long(SYS.SHUTTER_POSITION, "SYS Shutter Position", "shutterPosition", -1, 3);
}

function addFfc(m: ModuleBuilder, part: Part): void {
  const { settings, ffc } = part;
  m.add(SYS.FFC_MODE, {
    name: "SYS FFC Shutter Mode Object",
    words: 16,
    get: (data) => {
      data.fill(0);
      put32(data, settings.ffcMode, 0);
      put32(data, ffc.lockedOut ? 1 : 0, 2);
      put32(data, settings.ffcFreeze, 4);
      put32(data, ffc.desired ? 1 : 0, 6);
      put32(data, part.uptimeMs() - ffc.lastMs, 8);
      put32(data, settings.ffcPeriodMs, 10);
      data[12] = settings.ffcExplicitOpen;
      data[13] = settings.ffcTempDelta;
      data[14] = settings.ffcImminentDelay;
      return RESULT.OK;
    },
    set: (data) => setFfcMode(data, part),
  });
  m.action(SYS.RUN_FFC, "SYS Run FFC", () => runFfc(part), RUN_FFC_BUSY_US);
  m.readOnly(SYS.FFC_STATUS, "SYS FFC Status", 2, (data) => {
    put32(data, ffc.inProgress ? RUN_STATUS.BUSY : part.averagingFrames > 0 ? RUN_STATUS.COLLECTING : RUN_STATUS.READY);
  });
  m.add(SYS.FFC_STATE, {
    name: "SYS FFC State",
    words: 2,
    get: (data) => (put32(data, ffc.state), RESULT.OK),
    set: (data) => {
      const state = get32(data);
      if (state !== FFC_STATE.NEVER && state !== FFC_STATE.COMPLETE) return RESULT.RANGE;
      if (ffc.inProgress) return RESULT.COMMAND_NOT_ALLOWED;
      ffc.state = state;
      return RESULT.OK;
    },
  });
}

/** Ignores lock-out state, desired flag and elapsed time: a host cannot set them. */
function setFfcMode(data: Uint16Array, part: Part): number {
  const { settings } = part;
  const mode = get32(data, 0);
  const lockout = get32(data, 2);
  const freeze = get32(data, 4);
  const period = get32(data, 10) >>> 0;
  if (mode < 0 || mode > 2 || lockout < 0 || lockout > 2 || freeze < 0 || freeze > 1) return RESULT.RANGE;
  settings.ffcMode = mode;
  settings.ffcFreeze = freeze;
  settings.ffcPeriodMs = period;
  settings.ffcExplicitOpen = (data[12] as number) & 0xff;
  settings.ffcTempDelta = data[13] as number;
  settings.ffcImminentDelay = data[14] as number;
  return RESULT.OK;
}

function addGain(m: ModuleBuilder, part: Part): void {
  const { settings, gain } = part;
  m.add(SYS.GAIN_MODE, {
    name: "SYS Gain Mode",
    words: 2,
    get: (data) => (put32(data, settings.gainMode), RESULT.OK),
    set: (data) => {
      const mode = get32(data);
      if (mode < GAIN_MODE.HIGH || mode > GAIN_MODE.AUTO) return RESULT.RANGE;
      if (mode === GAIN_MODE.AUTO && settings.radiometryEnable === 0) return RESULT.COMMAND_NOT_ALLOWED;
      if (gain.setMode(mode)) part.ffc.require();
      return RESULT.OK;
    },
    busyUs: MODE_CHANGE_US,
  });
  m.readOnly(SYS.GAIN_MODE_DESIRED, "SYS Gain Mode Desired Flag", 2, (data) => put32(data, gain.desired ? 1 : 0));
  m.add(SYS.GAIN_MODE_OBJECT, {
    name: "SYS Gain Mode Object",
    words: 14,
    get: (data) => {
      const s = settings;
      const flux = gain.fluxThresholds();
      data.set(s.gainRoi);
      data.set([s.gainPercentHighToLow, s.gainPercentLowToHigh, s.gainCelsiusHighToLow, s.gainCelsiusLowToHigh], 4);
      data.set([s.gainKelvinHighToLow, s.gainKelvinLowToHigh, s.gainPopulation, s.gainTempEnabled], 8);
      data.set([flux.lowToHigh, flux.highToLow], 12);
      return RESULT.OK;
    },
    set: (data) => setGainObject(data, part),
  });
}

/** Ignores the flux thresholds: they follow from the temperatures. */
function setGainObject(data: Uint16Array, part: Part): number {
  const { settings } = part;
  const roi = Array.from(data.subarray(0, 4));
  const [, , , , p1 = 0, p2 = 0, c1 = 0, c2 = 0, k1 = 0, k2 = 0, population = 0, temp = 0, f1 = 0, f2 = 0] = data;
  if (!isRegion(roi, true) || p1 > 100 || p2 > 100 || c1 > 600 || c2 > 600 || k1 > 900 || k2 > 900) return RESULT.RANGE;
  if (population > 19200 || temp > 1 || f1 > 16383 || f2 > 16383) return RESULT.RANGE;
  settings.gainRoi = roi;
  settings.gainPercentHighToLow = p1;
  settings.gainPercentLowToHigh = p2;
  settings.gainCelsiusHighToLow = c1;
  settings.gainCelsiusLowToHigh = c2;
  settings.gainKelvinHighToLow = k1;
  settings.gainKelvinLowToHigh = k2;
  settings.gainPopulation = population;
  settings.gainTempEnabled = temp;
  return RESULT.OK;
}
