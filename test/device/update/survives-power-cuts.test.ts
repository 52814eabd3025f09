// SPDX-License-Identifier: Apache-2.0
import { withVirtualCamera } from "../camera/rig";
import type { VirtualCamera } from "../../../simulator/board/virtual-camera";
import { install, lastLine, restarted, trialEnded, version, withImage } from "./rig";

/** Cuts the power in a storage operation of an update, after `after` others. The power returns by itself. */
async function cutDuring(camera: VirtualCamera, path: string, after: number): Promise<void> {
  await trialEnded(camera);
  const log = lastLine(camera);
  camera.board.cut.arm({ after, on: "any" });
  camera.board.restoreAfter = 20;
  await install(camera, path).catch(() => undefined);
  await restarted(camera, log);
  camera.board.cut.arm(undefined);
}

/** The number of an update's storage operations until the restart into the new image. */
async function countOperations(path: string): Promise<number> {
  let operations = 0;
  await withVirtualCamera({}, async (camera) => {
    const { cut } = camera.board;
    const before = cut.counts;
    const log = lastLine(camera);
    await install(camera, path);
    await camera.waitForLog(/restarting/, 10_000, log);
    operations = cut.counts.flash + cut.counts["key-value"] - before.flash - before["key-value"];
    await restarted(camera, log);
  });
  return operations;
}

/** The first operations (the erase and pages), the last ones (the choice of the image), and every 16th of the pages between. */
function moments(operations: number): number[] {
  return Array.from({ length: operations }, (_, i) => i).filter(
    (operation) => operation < 3 || operation >= operations - 8 || operation % 16 === 0,
  );
}

test("after a power cut at a storage operation of an update the old or new image runs, and the update can be repeated", async () => {
  await withImage({ version: "4.8" }, async (path) => {
    const operations = await countOperations(path);
    // A page each, and more.
    expect(operations).toBeGreaterThan(20_000 / 256);
    await withVirtualCamera({}, async (camera) => {
      for (const after of moments(operations)) {
        const before = await version(camera);
        await cutDuring(camera, path, after);
        expect([before, "4.8"]).toContain(await version(camera));
      }
      await trialEnded(camera);
      const log = lastLine(camera);
      expect(await install(camera, path)).toBe("Firmware update success");
      await restarted(camera, log);
      expect(await version(camera)).toBe("4.8");
    });
  });
});

test("the camera starts after a power cut in an update and a second one in its repetition", async () => {
  await withImage({ version: "4.8" }, (path) =>
    withVirtualCamera({}, async (camera) => {
      for (const [first, second] of [
        [1, 4],
        [6, 0],
        [9, 10],
        [11, 12],
      ] as const) {
        await cutDuring(camera, path, first);
        expect(["4.0", "4.8"]).toContain(await version(camera));
        await cutDuring(camera, path, second);
        expect(["4.0", "4.8"]).toContain(await version(camera));
      }
    }),
  );
});
