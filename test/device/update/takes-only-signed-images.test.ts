// SPDX-License-Identifier: Apache-2.0
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeFirmwareImage } from "../../../simulator/board/storage/firmware-image";
import { install, now, restarted, settled, version, withDevice, withImage } from "./rig";
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

test("with a key built in, unsigned, wrongly signed and damaged images are refused; a signed one is installed", async () => {
  await withImage({ version: "6.1" }, (plain) =>
    withDevice({ command: ours.command }, async (device) => {
      const file = join(ours.folder, "firmware.bin");
      const boots = device.board.ota.describe();
      const refused = async (path: string, reason: RegExp): Promise<void> => {
        const log = now(device);
        await expect(install(device, path)).rejects.toThrow("Firmware update validation failed");
        await device.waitForLog(reason, 1000, log);
        expect(device.board.ota.describe()).toEqual(boots);
        expect(await version(device)).toBe("4.0");
      };
      await refused(plain, /validation failed: the image is not signed/);

      theirs.sign(plain, file);
      await refused(file, /validation failed: the image is signed with another key/);

      ours.sign(plain, file);
      const damaged = readFileSync(file);
      damaged[damaged.length - 20] = (damaged[damaged.length - 20] ?? 0) ^ 1;
      const bad = join(ours.folder, "damaged.bin");
      writeFileSync(bad, damaged);
      await refused(bad, /validation failed: the image's signature is wrong/);

      const log = now(device);
      expect(await install(device, file)).toBe("Firmware update success");
      await restarted(device, log);
      expect(await version(device)).toBe("6.1");
    }),
  );
}, 120_000);

test("an unsigned image that lies in the other slot is not what a crash loop falls back to", async () => {
  const running = join(ours.folder, "running.bin");
  copyFileSync(write(ours.folder, "crashing.bin", { crashAfter: 8000 }), running);
  ours.sign(running, running);
  await withImage({ version: "6.6" }, (plain) =>
    withDevice({ command: ours.command }, async (device) => {
      let log = now(device);
      expect(await install(device, running)).toBe("Firmware update success");
      await restarted(device, log);
      expect(await version(device)).toBe("6.5");
      await settled(device);
      // Refused, but whole in the other slot.
      await expect(install(device, plain)).rejects.toThrow("validation failed");
      log = now(device);
      await device.waitForLog(/3 crashes in a row: starting factory/, 90_000, log);
      await device.waitForLog(/the image is not signed/, 1000, log);
      await restarted(device, log);
      expect(await version(device)).toBe("4.0");
    }),
  );
}, 180_000);

function write(folder: string, name: string, behaviour: { crashAfter: number }): string {
  const path = join(folder, name);
  writeFileSync(path, makeFirmwareImage({ version: "6.5", size: 20_000, behaviour }));
  return path;
}

test("the signing command says what is wrong", () => {
  const file = join(ours.folder, "checked.bin");
  writeFileSync(file, makeFirmwareImage({ version: "6.2", size: 20_000 }));
  const key = ["--key", join(ours.keys, "update-key.js")];
  const message = (work: () => void): string => {
    try {
      work();
    } catch (error) {
      return (error as { stderr: string }).stderr.trim();
    }
    throw new Error("it succeeded");
  };
  expect(message(() => runSign("check", file, ...key))).toBe(`sign: ${file}: the image is not signed`);
  ours.sign(file, file);
  expect(runSign("check", file, ...key).trim()).toBe(`${file}: version 6.2, the signature is good`);
  // Signing again replaces the signature.
  theirs.sign(file, file);
  expect(message(() => runSign("check", file, ...key))).toContain("signed with another key");
  expect(message(() => runSign("new-key", ours.keys))).toContain("file already exists");
  expect(message(() => runSign("check", join(ours.folder, "none.bin"), ...key))).toContain("no such file");
});
