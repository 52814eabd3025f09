// SPDX-License-Identifier: Apache-2.0
import { probe, run } from "./script";

let library: string[];
beforeAll(() => (library = probe()));

test("runner_exit ends the process after the current job, with its status, and destroys what lives", async () => {
  const { status, lines } = await run(
    `
    import Timer from "timer";
    class Counter extends Native("xs_probe_counter_destructor") {
      constructor() { super(); native("xs_probe_counter").call(this, 1); }
    }
    globalThis.kept = new Counter();
    Timer.repeat(() => {}, 1000);
    Timer.set(() => { native("xs_probe_exit").call(undefined, 75); trace("rest of the job\\n"); Promise.resolve().then(() => trace("never\\n")); }, 1);`,
    { arguments: library },
  );
  expect(lines).toEqual(["rest of the job", "destroyed 1"]);
  expect(status).toBe(75);
});
