// SPDX-License-Identifier: Apache-2.0
/**
 * Avahi, which is what most Linux computers find a camera with, against the virtual camera. Both are in a network namespace of their own: neither
 * this computer's network nor an Avahi that runs on it has a part in it.
 */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { ISOLATED, isolatedEnvironment } from "../../../tools/optional-tools";
import { testWith } from "../skipped";
import type { SessionResult, Told } from "./avahi-session";

function runSession(): Promise<SessionResult> {
  const script = [process.execPath, "--import", "tsx", join(__dirname, "avahi-session.ts")];
  const [program, ...isolated] = ISOLATED;
  const child = spawn(program, [...isolated, ...script], {
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
      if (code === 0) resolve(JSON.parse(out) as SessionResult);
      else reject(new Error(`the session ended with ${code}; it said\n${log}`));
    });
  });
}

testWith("avahi")(
  "Avahi finds the camera, resolves it, and learns at once when it has another name or is gone",
  async () => {
    const { port, told, resolved, cameras } = await runSession();
    const txt = ["interface=WiFi", "model=2", expect.stringMatching(/^version=\d+\.\d+$/)];
    const sorted = told.map((one): Told => (one.txt ? { ...one, txt: [...one.txt].sort() } : one));
    const old = "tCam-Mini-EFB5";
    const renamed = "Café, 2nd floor";
    // Names apart: Avahi keeps a name for a second after its goodbye (RFC 6762, 10.1), and the next one may be there by then.
    // Without a goodbye it would keep it for over an hour.
    expect(sorted.filter((one) => one.name === old)).toEqual([
      { what: "+", name: old },
      { what: "=", name: old, host: `${old}.local`, address: "127.0.0.1", port, txt },
      { what: "-", name: old },
    ]);
    expect(sorted.filter((one) => one.name !== old)).toEqual([
      { what: "+", name: renamed },
      { what: "=", name: renamed, host: "Caf-2nd-floor.local", address: "127.0.0.1", port, txt },
      { what: "-", name: renamed },
    ]);
    expect(resolved).toBe(`${old}.local\t127.0.0.1`);
    expect(cameras).toEqual([old, renamed]);
  },
);
