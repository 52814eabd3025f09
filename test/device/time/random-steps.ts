// SPDX-License-Identifier: Apache-2.0
/** Random steps for a stepped camera: faults, button, resets, power cuts, scenes, networks, and board time between them. */
import type { VirtualCamera } from "../../../simulator/board/virtual-camera";
import {
  FAULT_NAMES,
  type FaultName,
  FAULTS,
  type FaultSetting,
  type Random,
  SCENE_NAMES,
} from "../../../simulator/lepton";
import { openScene } from "../../../simulator/board/scenes";

/** Of board time, in milliseconds. */
const LONGEST_STEP = 1_500;
const LONGEST_FAULT = 3_000;

type Step = (device: VirtualCamera, random: Random) => void | Promise<void>;

function oneOf<T>(random: Random, values: readonly T[]): T {
  return values[random.below(values.length)] as T;
}

function parameterOf(name: FaultName): { readonly min: number; readonly max: number } | undefined {
  const kind = FAULTS[name];
  return "value" in kind ? kind.value : undefined;
}

function setFault({ board }: VirtualCamera, random: Random): void {
  const name = oneOf(random, FAULT_NAMES);
  const value = parameterOf(name);
  const setting: FaultSetting = {
    probability: random.uniform(),
    durationMs: 1 + random.below(LONGEST_FAULT),
    ...(value && { value: value.min + random.below(Math.min(1_000, value.max - value.min + 1)) }),
  };
  board.lepton.faults.set(name, setting);
}

/** Steps and their shares. */
const STEPS: readonly (readonly [share: number, step: Step])[] = [
  [30, () => undefined],
  [20, setFault],
  [5, ({ board }) => board.lepton.faults.clear()],
  [10, ({ board }, random) => void board.press(20 + random.below(7_000))],
  [10, (device, random) => void (device.board.lepton.scene = openScene(oneOf(random, SCENE_NAMES)))],
  [5, ({ board }, random) => board.firmwareStalls(1 + random.below(2_000))],
  [4, ({ board }) => board.reset()],
  [4, powerCycle],
  [6, ({ board }, random) => board.radio.setNetwork({ ssid: "HomeNetwork", inRange: random.below(2) === 1 })],
  [6, ({ board }, random) => void (board.hostSpi.bitErrors = random.below(3))],
];

async function powerCycle(device: VirtualCamera, random: Random): Promise<void> {
  await device.board.powerOff();
  await device.advance(1 + random.below(LONGEST_STEP));
  await device.board.powerOn();
}

function chooseStep(random: Random): Step {
  let left = random.below(STEPS.reduce((sum, [share]) => sum + share, 0));
  for (const [share, step] of STEPS) if ((left -= share) < 0) return step;
  return () => undefined;
}

/** Takes `count` random steps, each followed by board time. */
export async function takeRandomSteps(device: VirtualCamera, random: Random, count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    await chooseStep(random)(device, random);
    await device.advance(random.below(LONGEST_STEP));
  }
}
