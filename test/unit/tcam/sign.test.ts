// SPDX-License-Identifier: Apache-2.0
import { spawnSync } from "node:child_process";
import { linkSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bundled } from "../../bundled";
import { makeFirmwareImage } from "../../../simulator/board/storage/firmware-image";

const ROOT = join(__dirname, "../../..");

function sign(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  const [node, file] = bundled("tools/firmware-image/sign.ts");
  return spawnSync(node, [file, ...args], { cwd: ROOT, encoding: "utf8" });
}

let folder = "";
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "tcam-sign-"))));
afterEach(() => rmSync(folder, { recursive: true }));

test("npm run sign escapes the project name that it prints", () => {
  const file = join(folder, "firmware.bin");
  writeFileSync(file, makeFirmwareImage({ version: "4.1", size: 1008, project: "\x1b[2Jblink" }));
  const { status, stderr } = sign("check", file);
  expect(stderr).toBe('sign: the image is of project "\\u001b[2Jblink", not "tCamMini"\n');
  expect(status).toBe(1);
});

test("an image signed in place is written beside itself and renamed", () => {
  const keys = join(folder, "keys");
  sign("new-key", keys);
  const file = join(folder, "firmware.bin");
  const image = makeFirmwareImage({ version: "4.1", size: 1008 });
  writeFileSync(file, image);
  // A second name of the old file shows whether it was overwritten or replaced.
  linkSync(file, join(folder, "old.bin"));
  const { status, stderr } = sign("image", file, "--key", join(keys, "private.pem"));
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  expect(readFileSync(join(folder, "old.bin")).equals(image)).toBe(true);
  expect(sign("check", file, "--key", join(keys, "update-key.js")).status).toBe(0);
  expect(readdirSync(folder).sort()).toEqual(["firmware.bin", "keys", "old.bin"]);
});
