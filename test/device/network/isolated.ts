// SPDX-License-Identifier: Apache-2.0
import { spawn } from "node:child_process";
import { join } from "node:path";
import { ISOLATED, isolatedEnvironment } from "../../../tools/optional-tools";

/**
 * Runs a script of this folder in network, mount and process namespaces of its own, which end with it and take all it started along.
 *
 * @returns what it printed, parsed as JSON. Rejects with what it wrote to stderr when it fails
 */
export function runIsolated<T>(script: string): Promise<T> {
  const [program, ...isolated] = ISOLATED;
  const child = spawn(program, [...isolated, process.execPath, "--import", "tsx", join(__dirname, script)], {
    env: isolatedEnvironment(),
    cwd: join(__dirname, "../../.."),
    stdio: ["ignore", "pipe", "pipe"],
  });
  let out = "";
  let log = "";
  child.stdout.on("data", (data: Buffer) => (out += data.toString()));
  child.stderr.on("data", (data: Buffer) => (log += data.toString()));
  const limit = setTimeout(() => child.kill("SIGKILL"), 150_000);
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => {
      clearTimeout(limit);
      if (code === 0) resolve(JSON.parse(out) as T);
      else reject(new Error(`${script} ended with ${code}; it said\n${log}`));
    });
  });
}
