// SPDX-License-Identifier: Apache-2.0
import type { VirtualCamera } from "../../../simulator/board/virtual-camera";
import { install, now, restarted, settled, version, withDevice, withImage } from "./rig";

/** Cuts the power inside the storage operation after `after` more of them, during an update. Then power comes back. */
async function cutDuring(device: VirtualCamera, path: string, after: number): Promise<void> {
  await settled(device);
  const log = now(device);
  device.board.cut.arm({ after, on: "any" });
  device.board.restoreAfter = 20;
  await install(device, path).catch(() => undefined);
  await restarted(device, log);
  device.board.cut.arm(undefined);
}

/** How many storage operations an update takes, to its restart into the new image. */
async function countOperations(path: string): Promise<number> {
  let operations = 0;
  await withDevice({ speed: 10 }, async (device) => {
    const { cut } = device.board;
    const before = cut.counts;
    const log = now(device);
    await install(device, path);
    await device.waitForLog(/restarting/, 10_000, log);
    operations = cut.counts.flash + cut.counts["key-value"] - before.flash - before["key-value"];
    await restarted(device, log);
  });
  return operations;
}

test("power cut at every storage operation of an update: old or new image runs, and the update can be repeated", async () => {
  await withImage({ version: "4.8" }, async (path) => {
    const operations = await countOperations(path);
    expect(operations).toBeGreaterThan(10);
    const ends = new Set<string>();
    await withDevice({ speed: 10 }, async (device) => {
      for (let after = 0; after < operations; after++) {
        const before = await version(device);
        await cutDuring(device, path, after);
        const running = await version(device);
        expect([before, "4.8"]).toContain(running);
        ends.add(running);
      }
      await settled(device);
      const log = now(device);
      expect(await install(device, path)).toBe("Firmware update success");
      await restarted(device, log);
      expect(await version(device)).toBe("4.8");
    });
    expect(ends.size).toBeGreaterThan(0);
  });
}, 600_000);

test("two power cuts in one update and its repetition: the camera starts each time", async () => {
  await withImage({ version: "4.8" }, (path) =>
    withDevice({ speed: 10 }, async (device) => {
      for (const [first, second] of [
        [1, 4],
        [6, 0],
        [9, 10],
        [11, 12],
      ] as const) {
        await cutDuring(device, path, first);
        expect(["4.0", "4.8"]).toContain(await version(device));
        await cutDuring(device, path, second);
        expect(["4.0", "4.8"]).toContain(await version(device));
      }
    }),
  );
}, 300_000);
