// SPDX-License-Identifier: Apache-2.0

import { MODE_CHANGE_US, ModuleBuilder } from "./command";
import type { Catalogue, Part } from "./command";
import { RESULT } from "./registers";
import { PIXELS } from "./scene/scene";

/** AGC module, 0x0100 (IDD 4.4). */
export const AGC = {
  ENABLE: 0x0100,
  POLICY: 0x0104,
  ROI: 0x0108,
  HISTOGRAM_STATISTICS: 0x010c,
  HEQ_DAMPENING_FACTOR: 0x0124,
  HEQ_CLIP_LIMIT_HIGH: 0x012c,
  HEQ_CLIP_LIMIT_LOW: 0x0130,
  HEQ_EMPTY_COUNTS: 0x013c,
  HEQ_SCALE_FACTOR: 0x0144,
  CALCULATION_ENABLE: 0x0148,
  HEQ_LINEAR_PERCENT: 0x014c,
} as const;

export function addAgcCommands(catalogue: Catalogue, part: Part): void {
  const { settings, imager } = part;
  const m = new ModuleBuilder(catalogue, part);
  m.add(AGC.ENABLE, {
    name: "AGC Enable",
    words: 2,
    get: (data) => {
      data[0] = settings.agcEnable;
      data[1] = 0;
      return RESULT.OK;
    },
    set: (data) => {
      const [low = 0, high = 0] = data;
      if (high !== 0 || low > 1) return RESULT.RANGE;
      // The focus metric needs linear video (IDD 4.6.3).
      if (low === 1 && settings.focusEnable === 1) return RESULT.COMMAND_NOT_ALLOWED;
      if (low !== settings.agcEnable) imager.agc.reset();
      settings.agcEnable = low;
      return RESULT.OK;
    },
    busyUs: MODE_CHANGE_US,
  });
  m.long(AGC.POLICY, "AGC Policy", "agcPolicy", 0, 1, () => imager.agc.reset());
  m.region(AGC.ROI, "AGC ROI", "agcRoi", false);
  m.readOnly(AGC.HISTOGRAM_STATISTICS, "AGC Histogram Statistics", 4, (data) => {
    const { min, max, mean, count } = imager.agc.statistics;
    data.set([min, max, mean, count]);
  });
  m.word(AGC.HEQ_DAMPENING_FACTOR, "AGC HEQ Dampening Factor", "agcHeqDampening", 0, 256);
  m.word(AGC.HEQ_CLIP_LIMIT_HIGH, "AGC HEQ Clip Limit High", "agcHeqClipHigh", 0, PIXELS);
  m.word(AGC.HEQ_CLIP_LIMIT_LOW, "AGC HEQ Clip Limit Low", "agcHeqClipLow", 0, 1024);
  m.word(AGC.HEQ_EMPTY_COUNTS, "AGC HEQ Empty Counts", "agcHeqEmptyCounts", 0, 16383);
  m.long(AGC.HEQ_SCALE_FACTOR, "AGC HEQ Output Scale Factor", "agcHeqScale", 0, 1);
  m.long(AGC.CALCULATION_ENABLE, "AGC Calculation Enable", "agcCalcEnable", 0, 1);
  m.word(AGC.HEQ_LINEAR_PERCENT, "AGC HEQ Linear Percent", "agcHeqLinearPercent", 0, 100);
}
