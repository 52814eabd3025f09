// SPDX-License-Identifier: Apache-2.0

import { get32, MODE_CHANGE_US, ModuleBuilder, put32 } from "./command";
import type { Catalogue, Part } from "./command";
import { runFfc, RUN_FFC_BUSY_US, RUN_STATUS } from "./commands-sys";
import { RESULT } from "./registers";
import type { ListSetting } from "./settings";

/** RAD module, 0x0E00 with the protection bit (IDD 4.8). */
export const RAD = {
  RBFO_INTERNAL: 0x4e00,
  RBFO_EXTERNAL: 0x4e04,
  ENABLE: 0x4e10,
  TSHUTTER_MODE: 0x4e24,
  TSHUTTER: 0x4e28,
  RUN_FFC: 0x4e2c,
  RUN_STATUS: 0x4e30,
  FLUX_LINEAR_PARAMETERS: 0x4ebc,
  TLINEAR_ENABLE: 0x4ec0,
  TLINEAR_RESOLUTION: 0x4ec4,
  TLINEAR_AUTO_RESOLUTION: 0x4ec8,
  SPOTMETER_ROI: 0x4ecc,
  SPOTMETER_VALUE: 0x4ed0,
  RBFO_INTERNAL_LOW: 0x4ed4,
  RBFO_EXTERNAL_LOW: 0x4ed8,
} as const;

/** Limits of flux-linear ratios, of 8192 (IDD 4.8.8). */
const RATIO = { MIN: 82, ONE: 8192 } as const;

/** Radiometry enable and the shutter's temperature are on every part; the rest only on radiometric ones (IDD 4.8). */
export function addRadCommands(catalogue: Catalogue, part: Part): void {
  const { settings, ffc } = part;
  const m = new ModuleBuilder(catalogue, part);
  m.long(RAD.ENABLE, "RAD Radiometry Enable", "radiometryEnable", 0, 1, undefined, MODE_CHANGE_US);
  m.long(RAD.TSHUTTER_MODE, "RAD TShutter Mode", "tShutterMode", 0, 2);
  m.word(RAD.TSHUTTER, "RAD TShutter", "tShutter", 0, 0xffff);
  m.action(RAD.RUN_FFC, "RAD Run FFC", () => runFfc(part), RUN_FFC_BUSY_US);
  m.readOnly(RAD.RUN_STATUS, "RAD Run Status", 2, (data) => {
    put32(data, ffc.inProgress ? RUN_STATUS.BUSY : RUN_STATUS.READY);
  });
  if (!part.traits.radiometric) return;
  addRbfo(m, RAD.RBFO_INTERNAL, "RAD RBFO Internal", "rbfoInternalHigh");
  addRbfo(m, RAD.RBFO_EXTERNAL, "RAD RBFO External", "rbfoExternalHigh");
  addRbfo(m, RAD.RBFO_INTERNAL_LOW, "RAD RBFO Internal Low Gain", "rbfoInternalLow");
  addRbfo(m, RAD.RBFO_EXTERNAL_LOW, "RAD RBFO External Low Gain", "rbfoExternalLow");
  addTlinear(m, part);
  m.add(RAD.FLUX_LINEAR_PARAMETERS, {
    name: "RAD Flux Linear Parameters",
    words: 8,
    get: (data) => (data.set(settings.fluxLinear), RESULT.OK),
    set: (data) => {
      if (!isFluxLinear(data)) return RESULT.RANGE;
      settings.fluxLinear = Array.from(data);
      return RESULT.OK;
    },
  });
  m.region(RAD.SPOTMETER_ROI, "RAD Spotmeter ROI", "spotRoi", true, 0, () => part.imager.measureSpot());
  m.readOnly(RAD.SPOTMETER_VALUE, "RAD Spotmeter Value", 4, (data) => {
    const { mean, max, min, population } = part.imager.spot;
    data.set([mean, max, min, population]);
  });
}

function addTlinear(m: ModuleBuilder, part: Part): void {
  const { settings } = part;
  m.add(RAD.TLINEAR_ENABLE, {
    name: "RAD TLinear Enable",
    words: 2,
    get: (data) => (put32(data, settings.tlinearEnable), RESULT.OK),
    set: (data) => {
      const value = get32(data);
      if (value < 0 || value > 1) return RESULT.RANGE;
      if (value === 1 && settings.radiometryEnable === 0) return RESULT.COMMAND_NOT_ALLOWED;
      settings.tlinearEnable = value;
      return RESULT.OK;
    },
    busyUs: MODE_CHANGE_US,
  });
  m.long(RAD.TLINEAR_RESOLUTION, "RAD TLinear Resolution", "tlinearResolution", 0, 1, undefined, MODE_CHANGE_US);
  m.long(RAD.TLINEAR_AUTO_RESOLUTION, "RAD TLinear Auto Resolution", "tlinearAutoResolution", 0, 1);
}

function addRbfo(m: ModuleBuilder, id: number, name: string, key: ListSetting): void {
  const { settings } = m.part;
  m.add(id, {
    name,
    words: 8,
    get: (data) => {
      settings[key].forEach((value, i) => put32(data, value, 2 * i));
      return RESULT.OK;
    },
    set: (data) => {
      const [r, b, f, o] = [get32(data, 0), get32(data, 2), get32(data, 4), get32(data, 6)];
      if (r < 10_000 || r > 1_000_000 || b < 1_200_000 || b > 1_700_000) return RESULT.RANGE;
      if (f < 500 || f > 3000 || Math.abs(o) > 16_383_000) return RESULT.RANGE;
      settings[key] = [r, b, f, o];
      return RESULT.OK;
    },
  });
}

function isFluxLinear(data: Uint16Array): boolean {
  const [emissivity = 0, , tauWindow = 0, , tauAtm = 0, , reflection = 0] = data;
  const ratios = [emissivity, tauWindow, tauAtm];
  return ratios.every((r) => r >= RATIO.MIN && r <= RATIO.ONE) && reflection <= RATIO.ONE - tauWindow;
}
