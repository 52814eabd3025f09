// SPDX-License-Identifier: Apache-2.0
import { join } from "node:path";
import { ISOLATED, isolatedEnvironment } from "../../../tools/optional-tools";
import { Program } from "../../program";

const sessions = new Set<Program>();
afterAll(() => sessions.forEach((session) => session.kill()));

/**
 * Runs a script of this folder in its own network, mount and process namespaces. Their end also ends the processes that it started.
 *
 * @returns its output, parsed as JSON @throws Error with its stderr when it fails
 */
export async function runIsolated<T>(script: string): Promise<T> {
  const session = new Program([...ISOLATED, process.execPath, "--import", "tsx", join(__dirname, script)], {
    env: isolatedEnvironment(),
    cwd: join(__dirname, "../../.."),
  });
  sessions.add(session);
  const { code, signal, out, err } = await session.exit;
  sessions.delete(session);
  if (code !== 0) throw new Error(`${script} ended with ${code ?? signal}; stderr:\n${err}`);
  return JSON.parse(out) as T;
}
