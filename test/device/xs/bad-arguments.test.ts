// SPDX-License-Identifier: Apache-2.0
import { run } from "./script";

test.each([
  [["--heap-slots", "12x"], "bad value of an option: 12x"],
  [["--stack", "10,10"], "bad value of an option: 10,10"],
  [["--map", "/nowhere/map"], "no map of modules: /nowhere/map"],
  [["--config", "nothing"], "not name=value"],
  [["--library", "/nowhere/probe.so"], "--library: /nowhere/probe.so"],
  [["another"], "one module to run is expected"],
  [["--root", "/nowhere"], "no folder of modules: /nowhere"],
])("%j: one line, status 64", async (options, message) => {
  const { status, stderr } = await run(``, { arguments: options });
  expect(stderr).toContain(message);
  expect(stderr.trimEnd().split("\n")).toHaveLength(1);
  expect(status).toBe(64);
});
