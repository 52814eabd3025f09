// SPDX-License-Identifier: Apache-2.0

import { ModuleBuilder, MODE_CHANGE_US, put32, putString } from "./command";
import type { Catalogue, Part } from "./command";
import { runFfc, RUN_FFC_BUSY_US, RUN_STATUS } from "./commands-sys";
import { addOutputFormat } from "./commands-vid";
import { SOFTWARE_REVISION } from "./models";
import { RESULT } from "./registers";

/** OEM module, 0x0800 with the protection bit (IDD 4.7). */
const OEM = {
  POWER_DOWN: 0x4800,
  STANDBY: 0x4804,
  FLIR_PART_NUMBER: 0x481c,
  SOFTWARE_REVISION: 0x4820,
  VIDEO_OUTPUT_ENABLE: 0x4824,
  VIDEO_OUTPUT_FORMAT: 0x4828,
  VIDEO_OUTPUT_SOURCE: 0x482c,
  CUSTOMER_PART_NUMBER: 0x4838,
  CONSTANT_VALUE: 0x483c,
  REBOOT: 0x4840,
  NORMALIZATION_TARGET: 0x4844,
  STATUS: 0x4848,
  FRAME_MEAN: 0x484c,
  GPIO_MODE: 0x4854,
  VSYNC_PHASE_DELAY: 0x4858,
  USER_DEFAULTS: 0x485c,
  RESTORE_USER_DEFAULTS: 0x4860,
  SHUTTER_PROFILE: 0x4864,
  THERMAL_SHUTDOWN_ENABLE: 0x4868,
  BAD_PIXEL_REPLACEMENT: 0x486c,
  TEMPORAL_FILTER: 0x4870,
  COLUMN_NOISE_FILTER: 0x4874,
  PIXEL_NOISE_FILTER: 0x4878,
} as const;

/** GPIO mode in which GPIO3 carries VSYNC. */
export const GPIO_MODE_VSYNC = 5;

export function addOemCommands(catalogue: Catalogue, part: Part): void {
  const m = new ModuleBuilder(catalogue, part);
  addPower(m, part);
  addIdentity(m);
  addVideo(m, part);
  addUserDefaults(m, part);
  m.long(OEM.GPIO_MODE, "OEM GPIO Mode", "gpioMode", 0, GPIO_MODE_VSYNC, undefined, MODE_CHANGE_US);
  m.long(OEM.VSYNC_PHASE_DELAY, "OEM VSYNC Phase Delay", "vsyncPhase", -3, 3);
  m.long(OEM.THERMAL_SHUTDOWN_ENABLE, "OEM Thermal Shutdown Enable", "thermalShutdownEnable", 0, 1);
  m.long(OEM.BAD_PIXEL_REPLACEMENT, "OEM Bad Pixel Replacement", "badPixelReplacement", 0, 1);
  m.long(OEM.TEMPORAL_FILTER, "OEM Temporal Filter", "temporalFilter", 0, 1);
  m.long(OEM.COLUMN_NOISE_FILTER, "OEM Column Noise Filter", "columnFilter", 0, 1);
  m.long(OEM.PIXEL_NOISE_FILTER, "OEM Pixel Noise Filter", "pixelFilter", 0, 1);
}

function addPower(m: ModuleBuilder, part: Part): void {
  const down = (): number => (part.powerDown(), RESULT.OK);
  m.action(OEM.POWER_DOWN, "OEM Power Down", down);
  m.action(OEM.STANDBY, "OEM Standby", down);
  m.action(OEM.REBOOT, "OEM Reboot", () => (part.reboot(), RESULT.OK));
}

function addIdentity(m: ModuleBuilder): void {
  const { part } = m;
  m.readOnly(OEM.FLIR_PART_NUMBER, "OEM FLIR Part Number", 16, (data) => putString(data, part.partNumber));
  m.readOnly(OEM.SOFTWARE_REVISION, "OEM Software Revision", 4, (data) => {
    const { major, minor, build } = SOFTWARE_REVISION;
    data.set([major | (minor << 8), build | (major << 8), minor | (build << 8), 0]);
  });
  m.readOnly(OEM.CUSTOMER_PART_NUMBER, "OEM Customer Part Number", 16, (data) => data.fill(0));
}

function addVideo(m: ModuleBuilder, part: Part): void {
  const { settings, imager, ffc } = part;
  m.long(OEM.VIDEO_OUTPUT_ENABLE, "OEM Video Output Enable", "videoOutputEnable", 0, 1);
  addOutputFormat(m, OEM.VIDEO_OUTPUT_FORMAT, "OEM Video Output Format");
  // Sources above 5 exist on real parts and are not modelled.
  m.long(OEM.VIDEO_OUTPUT_SOURCE, "OEM Video Output Source", "videoOutputSource", 0, 5);
  m.word(OEM.CONSTANT_VALUE, "OEM Constant Value", "constantValue", 0, 16383);
  m.add(OEM.NORMALIZATION_TARGET, {
    name: "OEM FFC Normalization Target",
    words: 1,
    get: (data) => ((data[0] = settings.normalizationTarget), RESULT.OK),
    set: (data) => {
      if ((data[0] as number) > 16383) return RESULT.RANGE;
      settings.normalizationTarget = data[0] as number;
      return RESULT.OK;
    },
    run: () => runFfc(part),
    busyUs: RUN_FFC_BUSY_US,
  });
  m.readOnly(OEM.STATUS, "OEM Status", 2, (data) => put32(data, ffc.inProgress ? RUN_STATUS.BUSY : RUN_STATUS.READY));
  m.readOnly(OEM.FRAME_MEAN, "OEM Frame Mean", 1, (data) => (data[0] = imager.regionMean()));
  m.add(OEM.SHUTTER_PROFILE, {
    name: "OEM Shutter Profile",
    words: 2,
    get: (data) => (data.set([settings.shutterCloseFrames, settings.shutterOpenFrames]), RESULT.OK),
    set: (data) => {
      settings.shutterCloseFrames = data[0] as number;
      settings.shutterOpenFrames = data[1] as number;
      return RESULT.OK;
    },
  });
}

function addUserDefaults(m: ModuleBuilder, part: Part): void {
  m.add(OEM.USER_DEFAULTS, {
    name: "OEM User Defaults",
    words: 2,
    get: (data) => (put32(data, part.userDefaultsWritten ? 1 : 0), RESULT.OK),
    run: () => {
      // One-time programmable.
      if (part.userDefaultsWritten) return RESULT.OTP_WRITE;
      part.writeUserDefaults();
      return RESULT.OK;
    },
  });
  m.action(OEM.RESTORE_USER_DEFAULTS, "OEM Restore User Defaults", () => {
    if (!part.userDefaultsWritten) return RESULT.OTP_NOT_PROGRAMMED;
    part.restoreUserDefaults();
    return RESULT.OK;
  });
}
