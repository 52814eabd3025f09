// SPDX-License-Identifier: Apache-2.0
import { run } from "./script";

test("promise jobs run before the next timer, in the order they were queued", async () => {
  const { lines } = await run(`
    import Timer from "timer";
    const say = (text) => trace(text, "\\n");
    Timer.set(() => { say("timer 1"); Promise.resolve().then(() => say("job 1")).then(() => say("job 2")); });
    Timer.set(() => say("timer 2"));
    Promise.resolve().then(() => say("first"));
    say("main");`);
  expect(lines).toEqual(["main", "first", "timer 1", "job 1", "job 2", "timer 2"]);
});
