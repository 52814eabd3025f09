// SPDX-License-Identifier: Apache-2.0
/** Where `npm start` is found, by its `--host`: on a computer with two networks, in network namespaces of its own. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { ISOLATED, isolatedEnvironment } from "../../../tools/optional-tools";
import { testWith } from "../skipped";
import { NETWORKS, type Start } from "./interfaces-session";

const SESSION = [process.execPath, "--import", "tsx", join(__dirname, "interfaces-session.ts")];

function runSession(): Promise<Start[]> {
  const [program, ...isolated] = ISOLATED;
  const child = spawn(program, [...isolated, ...SESSION], {
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
      if (code === 0) resolve(JSON.parse(out) as Start[]);
      else reject(new Error(`the session ended with ${code}; it said\n${log}`));
    });
  });
}

const name = "the camera is found on the interfaces where it listens, by their addresses, and on no other";

async function findOnInterfaces(): Promise<void> {
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
}

testWith("namespaces")(name, findOnInterfaces);
