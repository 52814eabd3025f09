// SPDX-License-Identifier: Apache-2.0
import { Startup } from "modules/status/startup";
import { recordingLog } from "../fakes/log";
import { VirtualTimers } from "../fakes/virtual-timers";
import { sleep } from "drivers/timers/timers";

test("each step says what it did and how long it took, and the last line how long all of it did", async () => {
  const timers = new VirtualTimers();
  const { log, lines } = recordingLog(() => timers.now());
  const startup = new Startup(() => timers.now(), log);
  expect(startup.step("settings", () => 7)).toBe(7);
  const waiting = startup.wait("Lepton", () => sleep(timers, 950));
  await timers.settle(waiting);
  startup.finish();
  expect(lines).toEqual([
    "I (0) test: settings: done in 0 ms",
    "I (950) test: Lepton: done in 950 ms",
    "I (950) test: ready after 950 ms",
  ]);
});

test("a step that fails says so and passes its error on", async () => {
  const { log, lines } = recordingLog();
  const startup = new Startup(() => 0, log);
  const fail = (): never => {
    throw new Error("no such pin");
  };
  expect(() => startup.step("LED", fail)).toThrow("no such pin");
  await expect(startup.wait("I2C", () => Promise.reject(new Error("bus stuck")))).rejects.toThrow("bus stuck");
  expect(lines).toEqual([
    "E (0) test: LED: failed after 0 ms: Error: no such pin",
    "E (0) test: I2C: failed after 0 ms: Error: bus stuck",
  ]);
});
