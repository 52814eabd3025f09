// SPDX-License-Identifier: Apache-2.0
/** Public names of the emulated FLIR Lepton 3.x (docs/emulated-lepton.md). */
export type { AlarmHandle, Clock } from "./clock";
export { ManualClock } from "./clock";
export type { FaultName, FaultSetting } from "./faults";
export { FAULT_NAMES, FAULTS, FaultSwitches, isFaultName } from "./faults";
export { Lepton } from "./lepton";
export type { SensorFrame } from "./lepton";
export type { Model } from "./models";
export type { LeptonOptions, LeptonState, PowerState } from "./options";
export { Random, seededRandom } from "./random";
export { LAST_SEGMENT, SEGMENT_NUMBER_AT, SEGMENTS_PER_FRAME } from "./segments";
export { CCI_ADDRESS } from "./registers";
export { checkCounterImage } from "./scene/counter";
export { parseRecording, RecordingError } from "./scene/replay";
export { COLUMNS, PIXELS, ROWS } from "./scene/scene";
export type { Scene, ThermalScene, WordScene } from "./scene/scene";
export { replayScene, SCENE_NAMES, sceneByName } from "./scene/scenes";
