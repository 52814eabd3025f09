// SPDX-License-Identifier: Apache-2.0
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { bundled } from "../../bundled";

const ROOT = join(__dirname, "../../..");

test.each([
  [
    "a file that cannot be written",
    ["--version", "4.1", "/nonexistent/firmware.bin"],
    /^make-image: ENOENT: .*firmware/,
  ],
  ["no version", ["firmware.bin"], /^error: required option '--version <text>'/],
  [
    "a version that is too long",
    ["--version", "9".repeat(32), "firmware.bin"],
    /^error: option '--version <text>' .* 31/,
  ],
])("%s is an error in one line", (_, args, message) => {
  const [node, file] = bundled("tools/firmware-image/make-image.ts");
  const { status, stderr } = spawnSync(node, [file, ...args], { cwd: ROOT, encoding: "utf8" });
  expect(stderr.trim()).toMatch(message);
  expect(stderr.trim().split("\n")).toHaveLength(1);
  expect(status).toBe(1);
});
