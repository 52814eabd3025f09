// SPDX-License-Identifier: Apache-2.0

import { get32, ModuleBuilder, put32 } from "./command";
import type { Catalogue, Part } from "./command";
import { RESULT } from "./registers";

/** VID module, 0x0300 (IDD 4.6). */
const VID = {
  POLARITY: 0x0300,
  COLOR_LUT: 0x0304,
  USER_LUT: 0x0308,
  FOCUS_CALCULATION: 0x030c,
  FOCUS_ROI: 0x0310,
  FOCUS_THRESHOLD: 0x0314,
  FOCUS_METRIC: 0x0318,
  FREEZE: 0x0324,
  OUTPUT_FORMAT: 0x0330,
  LOW_GAIN_COLOR_LUT: 0x0334,
} as const;

/** Video output formats that are valid on 3.x. */
export const VIDEO_FORMAT = { RGB888: 3, RAW14: 7 } as const;

/** VID and OEM have the same attribute. RGB888 and its 244-byte packets are not modelled. */
export function addOutputFormat(m: ModuleBuilder, id: number, name: string): void {
  m.add(id, {
    name,
    words: 2,
    get: (data) => (put32(data, VIDEO_FORMAT.RAW14), RESULT.OK),
    set: (data) => {
      const format = get32(data);
      if (format === VIDEO_FORMAT.RGB888) return RESULT.FUNCTION_NOT_SUPPORTED;
      return format === VIDEO_FORMAT.RAW14 ? RESULT.OK : RESULT.RANGE;
    },
  });
}

export function addVidCommands(catalogue: Catalogue, part: Part): void {
  const { settings, imager } = part;
  const m = new ModuleBuilder(catalogue, part);
  m.long(VID.POLARITY, "VID Polarity", "polarity", 0, 1);
  m.long(VID.COLOR_LUT, "VID Pseudo-Color LUT", "colorLut", 0, 8);
  m.add(VID.USER_LUT, {
    name: "VID User Pseudo-Color LUT",
    words: 512,
    get: (data) => (data.set(settings.userLut), RESULT.OK),
    set: (data) => ((settings.userLut = data.slice()), RESULT.OK),
  });
  m.add(VID.FOCUS_CALCULATION, {
    name: "VID Focus Calculation Enable",
    words: 2,
    get: (data) => (put32(data, settings.focusEnable), RESULT.OK),
    set: (data) => {
      const value = get32(data);
      if (value < 0 || value > 1) return RESULT.RANGE;
      if (value === 1 && settings.agcEnable === 1) return RESULT.COMMAND_NOT_ALLOWED;
      settings.focusEnable = value;
      return RESULT.OK;
    },
  });
  m.region(VID.FOCUS_ROI, "VID Focus ROI", "focusRoi", false, 1);
  m.long(VID.FOCUS_THRESHOLD, "VID Focus Metric Threshold", "focusThreshold", 0, 0xffff);
  m.readOnly(VID.FOCUS_METRIC, "VID Focus Metric", 2, (data) => {
    put32(data, settings.focusEnable === 1 ? imager.focusMetric() : 0);
  });
  m.long(VID.FREEZE, "VID Video Freeze Enable", "videoFreeze", 0, 1);
  addOutputFormat(m, VID.OUTPUT_FORMAT, "VID Video Output Format");
  if (part.traits.gainModes) m.long(VID.LOW_GAIN_COLOR_LUT, "VID Low Gain Pseudo-Color LUT", "lowGainColorLut", 0, 8);
}
