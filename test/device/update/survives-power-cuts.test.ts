// SPDX-License-Identifier: Apache-2.0
import { withVirtualCamera } from "../camera/rig";
import type { FirmwareBehaviour } from "../../../simulator/board/storage/firmware-image";
import type { VirtualCamera } from "../../../simulator/board/virtual-camera";
import { pass } from "../board-time";
import { connected, install, lastLine, restarted, trialEnded, version, withImage } from "./rig";

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

interface Trial {
  readonly before: string;
  readonly version: string;
  readonly behaviour: FirmwareBehaviour;
}

/** Installs an image; resolves when it is selected for the next start, which follows. */
async function select(camera: VirtualCamera, { version, behaviour }: Trial): Promise<void> {
  await trialEnded(camera);
  await withImage({ version, behaviour }, async (path) => {
    const log = lastLine(camera);
    await install(camera, path);
    await camera.waitForLog(/: restarting$/, 10_000, log);
  });
}

/** Resolves when the trial of the image has ended one way or the other. */
async function decided(camera: VirtualCamera, { version }: Trial): Promise<void> {
  await camera.waitForLog(new RegExp(`version ${version} (passed its trial and stays|failed its trial)`), 200_000);
  await pass(camera, 1_000);
}

const storageOperations = ({ board }: VirtualCamera): number => board.cut.counts.flash + board.cut.counts["key-value"];

/** The number of storage operations of bootloader and firmware from the restart into an image to the end of its trial. */
async function countTrialOperations(trial: Trial): Promise<number> {
  let operations = 0;
  await withVirtualCamera({}, async (camera) => {
    await select(camera, trial);
    const before = storageOperations(camera);
    await decided(camera, trial);
    operations = storageOperations(camera) - before;
  });
  return operations;
}

const statusOf = async (camera: VirtualCamera): Promise<Record<string, unknown>> =>
  (await connected(camera, (connection) => connection.call("get_status")))["status"] as Record<string, unknown>;

test.each([
  ["passes", {}, 5],
  ["crashes in", { crashAfter: 2_000 }, 6],
])(
  "after a power cut at a storage operation of the bootloader or of a trial that an image %s, the image stays or the one before runs",
  async (_, behaviour, least) => {
    const operations = await countTrialOperations({ before: "4.0", version: "5.0", behaviour });
    // An entry of the boot choice is erased and written at the start and at the end of the trial.
    expect(operations).toBeGreaterThanOrEqual(least);
    await withVirtualCamera({}, async (camera) => {
      const { board } = camera;
      for (let after = 0; after < operations; after++) {
        const trial = { before: await version(camera), version: `5.${after + 1}`, behaviour };
        await select(camera, trial);
        board.restoreAfter = 20;
        board.cut.arm({ after, on: "any" });
        const log = lastLine(camera);
        await camera.waitForLog(/^board: the power was cut inside/, 200_000, log);
        await restarted(camera, lastLine(camera));
        await trialEnded(camera);
        const status = await statusOf(camera);
        const stays = status["Version"] === trial.version;
        if (!stays) expect(status["Version"]).toBe(trial.before);
        expect([after, stays && "crashAfter" in behaviour]).toEqual([after, false]);
        const notice = `Firmware update to ${trial.version} was rolled back, running ${trial.before}`;
        expect([after, status["Update"]]).toEqual([after, stays ? undefined : notice]);
      }
    });
  },
);
