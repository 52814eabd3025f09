// SPDX-License-Identifier: Apache-2.0
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { withVirtualCamera } from "../camera/rig";
import { makeFirmwareImage } from "../../../simulator/board/storage/firmware-image";
import { install, lastLine, restarted, trialEnded, version, withImage } from "./rig";
import { runSign, SignedFirmware } from "./signed-firmware";

let ours: SignedFirmware;
let theirs: SignedFirmware;
beforeAll(() => {
  ours = new SignedFirmware();
  theirs = new SignedFirmware();
});
afterAll(() => {
  ours.remove();
  theirs.remove();
});

test("with a built-in key unsigned, wrongly signed and damaged images are rejected; a signed one is installed", async () => {
  await withImage({ version: "6.1" }, (plain) =>
    withVirtualCamera(ours.options, async (camera) => {
      const file = join(ours.folder, "firmware.bin");
      const boots = camera.board.ota.describe();
      const expectRejected = async (path: string, reason: RegExp): Promise<void> => {
        const log = lastLine(camera);
        await expect(install(camera, path)).rejects.toThrow("Firmware update validation failed");
        await camera.waitForLog(reason, 1000, log);
        expect(camera.board.ota.describe()).toEqual(boots);
        expect(await version(camera)).toBe("4.0");
      };
      await expectRejected(plain, /validation failed: the image is not signed/);

      theirs.sign(plain, file);
      await expectRejected(file, /validation failed: the image is signed with another key/);

      ours.sign(plain, file);
      const damaged = readFileSync(file);
      damaged[damaged.length - 20] = (damaged[damaged.length - 20] ?? 0) ^ 1;
      const bad = join(ours.folder, "damaged.bin");
      writeFileSync(bad, damaged);
      await expectRejected(bad, /validation failed: the image's signature is wrong/);

      const log = lastLine(camera);
      expect(await install(camera, file)).toBe("Firmware update success");
      await restarted(camera, log);
      expect(await version(camera)).toBe("6.1");
    }),
  );
});

test("after a crash loop the camera does not start an unsigned image in the other slot", async () => {
  const running = join(ours.folder, "running.bin");
  copyFileSync(write(ours.folder, "crashing.bin", { crashAfter: 8000 }), running);
  ours.sign(running, running);
  await withImage({ version: "6.6" }, (plain) =>
    withVirtualCamera(ours.options, async (camera) => {
      let log = lastLine(camera);
      expect(await install(camera, running)).toBe("Firmware update success");
      await restarted(camera, log);
      expect(await version(camera)).toBe("6.5");
      await trialEnded(camera);
      // Rejected, but complete in the other slot.
      await expect(install(camera, plain)).rejects.toThrow("validation failed");
      log = lastLine(camera);
      await camera.waitForLog(/3 crashes in a row: starting factory/, 90_000, log);
      await camera.waitForLog(/the image is not signed/, 1000, log);
      await restarted(camera, log);
      expect(await version(camera)).toBe("4.0");
    }),
  );
});

function write(folder: string, name: string, behaviour: { crashAfter: number }): string {
  const path = join(folder, name);
  writeFileSync(path, makeFirmwareImage({ version: "6.5", size: 20_000, behaviour }));
  return path;
}

test("the signing command prints its errors", () => {
  const file = join(ours.folder, "checked.bin");
  writeFileSync(file, makeFirmwareImage({ version: "6.2", size: 20_000 }));
  const key = ["--key", join(ours.keys, "update-key.js")];
  const message = (work: () => void): string => {
    try {
      work();
    } catch (error) {
      return (error as { stderr: string }).stderr.trim();
    }
    throw new Error("no error");
  };
  expect(message(() => runSign("check", file, ...key))).toBe(`sign: ${file}: the image is not signed`);
  ours.sign(file, file);
  expect(runSign("check", file, ...key).trim()).toBe(`${file}: version 6.2, the signature is good`);
  // A second signature replaces the first.
  theirs.sign(file, file);
  expect(message(() => runSign("check", file, ...key))).toContain("signed with another key");
  expect(message(() => runSign("new-key", ours.keys))).toContain("file already exists");
  expect(message(() => runSign("check", join(ours.folder, "none.bin"), ...key))).toContain("no such file");
});
