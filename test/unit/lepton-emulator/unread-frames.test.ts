// SPDX-License-Identifier: Apache-2.0
/** A frame that is not read is not computed, and does not change the frames that are read. */
import { sceneByName, type Scene, type ThermalScene } from "../../../simulator/lepton";
import { FRAME_US, Rig } from "./rig";

/** A scene that counts its frames. */
function counted(): { scene: ThermalScene; rendered: () => number } {
  const room = sceneByName("default") as ThermalScene;
  let count = 0;
  const render = (timeUs: number, kelvin: Float32Array): void => {
    count += 1;
    room.render(timeUs, kelvin);
  };
  return { scene: { kind: "thermal", name: "counted", render }, rendered: () => count };
}

/** The image read `frames` frames after a first one, and its statistics from CCI. */
function imageAfter(frames: number, reading: boolean, scene: Scene, prepare: (rig: Rig) => void): unknown {
  const rig = new Rig({ scene, seed: 5 }).start();
  prepare(rig);
  rig.readOne();
  rig.reading = reading;
  rig.clock.advanceTo(Math.ceil(rig.clock.now() + frames * FRAME_US));
  rig.reading = true;
  const { words, telemetry } = rig.readOne();
  return { words, telemetry, statistics: rig.get(0x022c, 4), spot: rig.get(0x4ed0, 4), mean: rig.get(0x484c, 1) };
}

const SETTINGS: [string, (rig: Rig) => void][] = [
  ["the default settings", () => undefined],
  ["no temporal filter", (rig) => rig.set(0x4871, [0, 0])],
  ["AGC", (rig) => rig.set(0x0101, [1, 0])],
  ["automatic gain", (rig) => rig.set(0x0249, [2, 0])],
  ["an FFC in progress", (rig) => void rig.command(0x0242)],
];

describe.each(["default", "counter", "furnace"])("scene %s", (name) => {
  test.each(SETTINGS)("is the same after unread frames as after read ones, with %s", (_name, prepare) => {
    const [unread, read] = [false, true].map((r) => imageAfter(15, r, sceneByName(name) as Scene, prepare));
    expect(unread).toEqual(read);
  });
});

test("a frame is computed when it is read or a command comes", () => {
  const { scene, rendered } = counted();
  const rig = new Rig({ scene }).start();
  rig.read(3);
  rig.reading = false;
  rig.clock.advance(Math.ceil(FRAME_US));
  const before = rendered();
  rig.clock.advance(Math.ceil(20 * FRAME_US));
  expect(rendered()).toBe(before);
  rig.get(0x022c, 4);
  expect(rendered()).toBe(before + 1);
});
