// SPDX-License-Identifier: Apache-2.0
import { execFile } from "node:child_process";
import { readlinkSync } from "node:fs";
import { promisify } from "node:util";

/** A single file runs in jest's own process, not in a worker. */
test("programs that a test starts are in the test's network", async () => {
  const script = 'console.log(require("node:fs").readlinkSync("/proc/self/ns/net"))';
  const { stdout } = await promisify(execFile)(process.execPath, ["-e", script]);
  expect(stdout.trim()).toBe(readlinkSync("/proc/self/ns/net"));
});
