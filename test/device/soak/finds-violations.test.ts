// SPDX-License-Identifier: Apache-2.0
import { ThermalImage } from "../../../tools/tcam/image";
import { Random } from "../../../simulator/lepton";
import { projectVersion } from "../../../simulator/board/version";
import { checkPicture } from "../../soak/client";
import { LedTruth } from "../../soak/led-truth";
import { isAlive } from "../../soak/visitors";
import { World } from "../../soak/world";
import { boardTest, type BoardCamera } from "../camera/rig";
import { pass } from "../board-time";

const worldOf = ({ virtual }: BoardCamera): World => new World(virtual, new Random(1), projectVersion());

boardTest(
  "a changed pixel, and telemetry of another frame",
  async (camera) => {
    const client = await camera.connect();
    const { pixels, telemetry } = new ThermalImage(await client.image());
    const right = worldOf(camera);
    checkPicture(right, { pixels, telemetry });
    expect(right.violation).toBeUndefined();
    const torn = worldOf(camera);
    checkPicture(torn, { pixels: pixels.with(19_000, 1), telemetry });
    expect(torn.violation?.message).toMatch(/^torn image: row 118/);
    const mixed = worldOf(camera);
    checkPicture(mixed, { pixels, telemetry: telemetry.with(20, (telemetry[20] ?? 0) + 1) });
    expect(mixed.violation?.message).toMatch(/^pixels of frame/);
  },
  { scene: "counter" },
);

boardTest("an LED with a pin that is held", async (camera) => {
  const world = worldOf(camera);
  const led = new LedTruth(world);
  await pass(camera.virtual, 15_000);
  led.look(0, false);
  expect(world.violation).toBeUndefined();
  expect(world.counts.of("LED checks")).toBe(1);
  camera.virtual.board.short("ledGreen", 0);
  world.changed = world.now;
  await pass(camera.virtual, 15_000);
  led.look(0, false);
  expect(world.violation?.message).toBe("the LED shows red, not yellow; 0 clients");
});

boardTest("another version, and a camera that cannot be reached", async (camera) => {
  const world = worldOf(camera);
  expect(await isAlive(world)).toBe(true);
  world.versions = new Set(["1.0"]);
  await isAlive(world);
  expect(world.violation?.message).toMatch(/^version .* in place of 1\.0$/);
  camera.virtual.network.conditions = { reachable: false };
  expect(await isAlive(world)).toBe(false);
});
