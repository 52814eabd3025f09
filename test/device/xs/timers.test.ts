// SPDX-License-Identifier: Apache-2.0
import { run } from "./script";

test("timers run by time, equal times in the order they were set, and get the timer", async () => {
  const { lines } = await run(`
    import Timer from "timer";
    const say = (text) => trace(text, "\\n");
    Timer.set(() => say("late"), 30);
    for (const name of ["a", "b", "c"]) Timer.set(() => say(name), 10);
    const own = Timer.set((timer) => say(timer === own));
  `);
  expect(lines).toEqual(["true", "a", "b", "c", "late"]);
});

test("repeat goes on until it is cleared, also from its own callback; then the runner has nothing to wait for", async () => {
  const { status, lines } = await run(`
    import Timer from "timer";
    let n = 0;
    Timer.repeat((timer) => { trace(++n, "\\n"); if (n === 3) Timer.clear(timer); }, 2);
    const other = Timer.set(() => trace("never\\n"), 1, 1);
    Timer.clear(other);`);
  expect(lines).toEqual(["1", "2", "3"]);
  expect(status).toBe(0);
});

test("schedule moves a timer, and stops it until it is scheduled again", async () => {
  const { lines } = await run(`
    import Timer from "timer";
    const say = (text) => trace(text, "\\n");
    const moved = Timer.set(() => say("moved"), 1);
    Timer.schedule(moved, 40);
    Timer.set(() => say("between"), 20);
    const still = Timer.set(() => say("still"), 1);
    Timer.schedule(still);
    Timer.set(() => Timer.schedule(still, 0), 60);`);
  expect(lines).toEqual(["between", "moved", "still"]);
});

test("a one-shot lives on when its own callback schedules it", async () => {
  const { status, lines } = await run(`
    import Timer from "timer";
    let shots = 0;
    Timer.set((timer) => { trace(++shots, "\\n"); if (shots < 3) Timer.schedule(timer, 1); }, 1);`);
  expect(lines).toEqual(["1", "2", "3"]);
  expect(status).toBe(0);
});

test("clear takes what has run out, undefined and null; schedule and bad callbacks throw", async () => {
  const { status, lines } = await run(`
    import Timer from "timer";
    const said = (work) => { try { work(); trace("fine\\n"); } catch (error) { trace(error.name, "\\n"); } };
    const timer = Timer.set(() => {}, 0);
    await new Promise((done) => Timer.set(done, 5));
    said(() => Timer.clear(timer));
    said(() => Timer.clear(undefined));
    said(() => Timer.clear(null));
    said(() => Timer.schedule(timer, 1));
    said(() => Timer.set("no function", 1));
    said(() => Timer.repeat(() => {}, 0));`);
  expect(lines).toEqual(["fine", "fine", "fine", "TypeError", "TypeError", "RangeError"]);
  expect(status).toBe(0);
});

test("many timers survive garbage collection", async () => {
  const { lines } = await run(`
    import Timer from "timer";
    import Instrumentation from "instrumentation";
    let sum = 0;
    for (let i = 1; i <= 500; i++) Timer.set(() => { sum += i; }, i % 7);
    Instrumentation.collect();
    Timer.set(() => { Instrumentation.collect(); trace(sum, " ", Instrumentation.get(Instrumentation.map("Timers")), "\\n"); }, 30);`);
  expect(lines).toEqual(["125250 0"]);
});
