// SPDX-License-Identifier: Apache-2.0
/** Where `npm start` is found, by its `--host`: on a computer with two networks, in network namespaces of its own. */
import { spawn, spawnSync } from "node:child_process";
import { join } from "node:path";
import { tellSkipped } from "../skipped";
import { NETWORKS, type Start } from "./interfaces-session";

const ISOLATED = ["--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"];
const SESSION = [process.execPath, "--import", "tsx", join(__dirname, "interfaces-session.ts")];
const options = {
  env: { ...process.env, PATH: `${process.env["PATH"] ?? ""}:/usr/sbin:/sbin` },
  cwd: join(__dirname, "../../.."),
} as const;

/** Why there can be no such test here, or undefined. */
function obstacle(): string | undefined {
  if (process.env["TCAM_ADDR"] !== undefined) return "TCAM_ADDR names another camera";
  const attempt = spawnSync("unshare", [...ISOLATED, ...SESSION, "--probe"], { ...options, encoding: "utf8" });
  if (attempt.status === 0) return undefined;
  return `no network namespaces: ${attempt.error?.message ?? attempt.stderr.trim().split("\n")[0] ?? ""}`;
}

function runSession(): Promise<Start[]> {
  const child = spawn("unshare", [...ISOLATED, ...SESSION], { ...options, stdio: ["ignore", "pipe", "pipe"] });
  let out = "";
  let log = "";
  child.stdout.on("data", (data: Buffer) => (out += data.toString()));
  child.stderr.on("data", (data: Buffer) => (log += data.toString()));
  const limit = setTimeout(() => child.kill("SIGKILL"), 150_000);
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => {
      clearTimeout(limit);
      if (code === 0) resolve(JSON.parse(out) as Start[]);
      else reject(new Error(`the session ended with ${code}; it said\n${log}`));
    });
  });
}

const reason = obstacle();
const name = "the camera is found on the interfaces where it listens, by their addresses, and on no other";
// Where everything is to be tested, what cannot be tested is a failure.
const skipped = reason !== undefined && !process.env["CI"];
if (skipped) tellSkipped(name, reason);

(skipped ? test.skip : test)(name, async () => {
  if (reason !== undefined) throw new Error(reason);
  const camera = "tCam-Mini-EFB5";
  const { phone, tablet } = NETWORKS;
  const [loopback, all, one] = await runSession();
  expect(loopback).toEqual({
    shown: ["127.0.0.1"],
    joined: ["lo"],
    found: { loopback: { addresses: ["127.0.0.1"], camera, plain: [] } },
  });
  expect(all).toEqual({
    host: "0.0.0.0",
    shown: [phone, tablet, "127.0.0.1"],
    joined: ["lo", "to-phone", "to-tablet"],
    found: {
      phone: { addresses: [phone], camera, plain: [phone] },
      tablet: { addresses: [tablet], camera, plain: [tablet] },
    },
  });
  expect(one).toEqual({
    host: phone,
    shown: [phone],
    joined: ["to-phone"],
    found: { phone: { addresses: [phone], camera, plain: [phone] } },
  });
});
