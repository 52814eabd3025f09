// SPDX-License-Identifier: Apache-2.0
import { makeFirmwareImage } from "../../../simulator/board/storage/firmware-image";
import { projectVersion } from "../../../simulator/board/version";
import { Random } from "../../../simulator/lepton";
import { LedTruth } from "../../soak/led-truth";
import { UpdateVisitor, watchVersions } from "../../soak/updates";
import { World } from "../../soak/world";
import { pass } from "../board-time";
import { boardTest, type BoardCamera } from "../camera/rig";
import { withUpdateClient } from "../update/update-client";

const worldOf = ({ virtual }: BoardCamera): World => new World(virtual, new Random(1), projectVersion());

boardTest("an image that was not installed starts, and none can start", async ({ virtual, ...camera }) => {
  const { board } = virtual;
  const world = worldOf({ virtual, ...camera });
  watchVersions(world);
  await board.reset();
  expect(world.violation).toBeUndefined();
  board.flash.partition("ota_0").flashByCable(makeFirmwareImage({ version: "6.6" }));
  board.ota.select("ota_0");
  await board.reset();
  expect(world.violation?.message).toBe(`version 6.6 starts in place of ${projectVersion()}`);
  const empty = worldOf({ virtual, ...camera });
  empty.versions = new Set(["6.6"]);
  watchVersions(empty);
  for (const label of ["factory", "ota_0"] as const) board.flash.partition(label).flashByCable(new Uint8Array(16));
  await board.reset();
  expect(empty.violation?.message).toBe("no image can start");
});

boardTest("an image that crashes stays, and a trial that does not end or passes", async ({ virtual, ...camera }) => {
  const world = worldOf({ virtual, ...camera });
  const updates = new UpdateVisitor();
  await updates.settle(world, { kind: "good", version: projectVersion() });
  await updates.settle(world, { kind: "crashing", version: "8.1" });
  expect(world.violation).toBeUndefined();
  expect(world.counts.of("update, good: stays")).toBe(1);
  expect(world.counts.of("update, crashing: the image before runs")).toBe(1);
  await updates.settle(world, { kind: "crashing", version: projectVersion() }, 20_000);
  expect(world.violation?.message).toBe(`version ${projectVersion()} (crashing) runs, or is on trial, 20 s later`);
  const { board } = virtual;
  board.flash.partition("ota_0").flashByCable(makeFirmwareImage({ version: "6.6" }));
  board.ota.select("ota_0");
  await board.reset();
  const other = worldOf({ virtual, ...camera });
  await updates.settle(other, { kind: "good", version: "6.6" }, 20_000);
  expect(other.violation?.message).toBe("version 6.6 (good) runs, or is on trial, 20 s later");
  const passed = worldOf({ virtual, ...camera });
  await updates.settle(passed, { kind: "good", version: "6.6" });
  expect(passed.violation).toBeUndefined();
  expect(passed.counts.of("update, good: stays")).toBe(1);
});

boardTest("an LED that does not show an update", async (camera) => {
  const { virtual } = camera;
  const world = worldOf(camera);
  const led = new LedTruth(world);
  await withUpdateClient(virtual, async (client) => {
    await client.request();
    await pass(virtual, 15_000);
    led.look(1);
    expect(world.violation).toBeUndefined();
    expect(world.counts.of("LED checks, update requested")).toBe(1);
    virtual.board.short("ledGreen", 0);
    world.changed = world.now;
    await pass(virtual, 15_000);
    led.look(1);
    expect(world.violation?.message).toBe("the LED shows off+red, not green+red: an update is requested");
  });
});
