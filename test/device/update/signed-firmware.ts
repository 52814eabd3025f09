// SPDX-License-Identifier: Apache-2.0
/** Firmware with a built-in public key, by a changed module map, and the commands that make keys and sign. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bundled } from "../../bundled";
import { firmwareRoot, moduleMap } from "../../../tools/build";
import type { VirtualCameraOptions } from "../../../simulator/board/virtual-camera";

/** Runs `npm run sign` without npm. @returns its output @throws Error when it fails */
export function runSign(...args: string[]): string {
  const [node, file] = bundled("tools/firmware-image/sign.ts");
  return execFileSync(node, [file, ...args], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  });
}

export class SignedFirmware {
  readonly folder = mkdtempSync(join(tmpdir(), "tcam-signed-"));
  readonly keys = join(this.folder, "keys");
  /** For a virtual camera that runs it. */
  readonly options: VirtualCameraOptions;

  constructor() {
    runSign("new-key", this.keys);
    const root = join(this.folder, "root");
    mkdirSync(root);
    for (const name of readdirSync(firmwareRoot)) symlinkSync(join(firmwareRoot, name), join(root, name));
    symlinkSync(join(this.keys, "update-key.js"), join(root, "update-key.js"));
    const map = join(this.folder, "modules.map");
    writeFileSync(map, readFileSync(moduleMap, "utf8").replace(/^update\/key=.*$/m, "update/key=update-key"));
    this.options = { firmwareRoot: root, moduleMap: map };
  }

  sign(image: string, output: string): void {
    runSign("image", image, output, "--key", join(this.keys, "private.pem"));
  }

  remove(): void {
    rmSync(this.folder, { recursive: true });
  }
}
