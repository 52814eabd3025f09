// SPDX-License-Identifier: Apache-2.0
import { Startup } from "modules/status/startup";
import { recordingLog } from "../fakes/log";

test("each step logs its name and duration, and the last line the whole duration", () => {
  let now = 0;
  const { log, lines } = recordingLog(() => now);
  const startup = new Startup(() => now, log);
  expect(startup.step("settings", () => 7)).toBe(7);
  now = 950;
  expect(startup.step("camera", () => (now += 40))).toBe(990);
  startup.finish();
  expect(lines).toEqual([
    "I (0) test: settings: done in 0 ms",
    "I (990) test: camera: done in 40 ms",
    "I (990) test: ready after 990 ms",
  ]);
});

test("a step that fails is logged, and its error is rethrown", () => {
  const { log, lines } = recordingLog();
  const startup = new Startup(() => 0, log);
  const fail = (): never => {
    throw new Error("no such pin");
  };
  expect(() => startup.step("LED", fail)).toThrow("no such pin");
  expect(lines).toEqual(["E (0) test: LED: failed after 0 ms: Error: no such pin"]);
});
