// SPDX-License-Identifier: Apache-2.0
/**
 * Avahi, which is what most Linux computers find a camera with, against the virtual camera. Both are in a network namespace of their own: neither
 * this computer's network nor an Avahi that runs on it has a part in it.
 */
import { spawn, spawnSync } from "node:child_process";
import { join } from "node:path";
import { tellSkipped } from "../skipped";
import type { SessionResult, Told } from "./avahi-session";

const ISOLATED = ["--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"];
const PATH = `${process.env["PATH"] ?? ""}:/usr/sbin:/sbin`;

/** Why there can be no such test here, or undefined. */
function obstacle(): string | undefined {
  const tools = ["unshare", "ip", "mount", "dbus-daemon", "avahi-daemon", "avahi-browse", "avahi-resolve"];
  const has = (tool: string): boolean =>
    spawnSync("sh", ["-c", `command -v ${tool}`], { env: { ...process.env, PATH } }).status === 0;
  const missing = tools.filter((tool) => !has(tool));
  if (missing.length > 0) return `${missing.join(", ")} not installed`;
  if (process.getuid?.() !== 0) return "only root can give Avahi's daemon a place of its own";
  const attempt = spawnSync("unshare", [...ISOLATED, "ip", "link", "set", "lo", "up"], {
    encoding: "utf8",
    env: { ...process.env, PATH },
  });
  return attempt.status === 0 ? undefined : `no namespaces: ${attempt.stderr.trim()}`;
}

function runSession(): Promise<SessionResult> {
  const script = [process.execPath, "--import", "tsx", join(__dirname, "avahi-session.ts")];
  const child = spawn("unshare", [...ISOLATED, ...script], {
    env: { ...process.env, PATH },
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

const reason = process.env["TCAM_ADDR"] === undefined ? obstacle() : "TCAM_ADDR names another camera";
const name = "Avahi finds the camera, resolves it, and learns at once when it has another name or is gone";
// Where everything is to be tested, what cannot be tested is a failure.
const skipped = reason !== undefined && !process.env["CI"];
if (skipped) tellSkipped(name, reason);

(skipped ? test.skip : test)(name, async () => {
  if (reason !== undefined) throw new Error(reason);
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
});
