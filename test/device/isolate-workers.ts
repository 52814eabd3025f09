// SPDX-License-Identifier: Apache-2.0
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const build = join(__dirname, "../../build");

/** Only a loopback interface, with multicast. Debian keeps `ip` out of an ordinary user's path. */
const LOOPBACK = "PATH=$PATH:/usr/sbin:/sbin; ip link set lo up multicast on && ip route add 224.0.0.0/4 dev lo";

/**
 * Gives each of jest's workers its own network namespace where that is possible (root, iproute2): cameras of different workers
 * do not find each other by multicast and do not compete for ports. Jest starts its workers with `process.execPath`, and so do
 * tests their programs: those stay in the network of the test, also where jest needs no workers.
 */
export default function isolateWorkers(): void {
  const { TCAM_ADDR, TCAM_SERIAL } = process.env;
  if (TCAM_ADDR || TCAM_SERIAL) return;
  const probe = spawnSync("unshare", ["--net", "sh", "-c", LOOPBACK], { encoding: "utf8" });
  if (probe.status !== 0) {
    const reason = probe.error?.message ?? probe.stderr.trim().split("\n").at(-1) ?? "";
    process.stderr.write(`The workers of the device tests share this computer's network: ${reason}\n`);
    return;
  }
  const node = join(build, "isolated-node");
  mkdirSync(build, { recursive: true });
  writeFileSync(
    node,
    `#!/bin/sh
case "$*" in
  *jest-worker*) exec unshare --net sh -c '${LOOPBACK} && exec "$0" "$@"' '${process.execPath}' "$@" ;;
  *) exec '${process.execPath}' "$@" ;;
esac
`,
  );
  chmodSync(node, 0o755);
  process.execPath = node;
}
