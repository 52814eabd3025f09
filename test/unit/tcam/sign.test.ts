// SPDX-License-Identifier: Apache-2.0
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeFirmwareImage } from "../../../simulator/board/storage/firmware-image";

jest.setTimeout(60_000);

test("npm run sign shows what a file from outside calls itself escaped", () => {
  const folder = mkdtempSync(join(tmpdir(), "tcam-sign-"));
  try {
    const file = join(folder, "firmware.bin");
    writeFileSync(file, makeFirmwareImage({ version: "4.1", size: 1008, project: "\x1b[2Jblink" }));
    const { status, stderr } = spawnSync(
      process.execPath,
      ["--import", "tsx", "tools/firmware-image/sign.ts", "check", file],
      {
        cwd: join(__dirname, "../../.."),
        encoding: "utf8",
      },
    );
    expect(stderr).toBe('sign: the image is of project "\\u001b[2Jblink", not "tCamMini"\n');
    expect(status).toBe(1);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
