// SPDX-License-Identifier: Apache-2.0
/** The emulated FLIR Lepton 3.x (docs/emulated-lepton.md): what other folders import of it. */
export type { AlarmHandle, Clock } from "./clock";
export { ManualClock } from "./clock";
export type { FaultName, FaultSetting } from "./faults";
export { FAULT_NAMES, FAULTS, FaultSwitches, isFaultName } from "./faults";
export { Lepton } from "./lepton";
export type { Model } from "./models";
export type { LeptonOptions, LeptonState, PowerState } from "./options";
export { Random, seededRandom } from "./random";
export { CCI_ADDRESS } from "./registers";
export { checkCounterImage } from "./scene/counter";
export { parseRecording, RecordingError } from "./scene/replay";
export type { Scene, ThermalScene, WordScene } from "./scene/scene";
export { replayScene, SCENE_NAMES, sceneByName } from "./scene/scenes";
