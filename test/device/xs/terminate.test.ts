// SPDX-License-Identifier: Apache-2.0
import { probe, run } from "./script";

let library: string[];
beforeAll(() => (library = probe()));

const script = `
  import Timer from "timer";
  class Counter extends Native("xs_probe_counter_destructor") {
    constructor() { super(); native("xs_probe_counter").call(this, 1); }
  }
  globalThis.kept = new Counter();
  Timer.repeat(() => {}, 1000);
  trace("ready\\n");`;

test.each(["SIGTERM", "SIGINT"] as const)(
  "%s ends the runner cleanly: what lives is destroyed, status 0",
  async (signal) => {
    let sent = false;
    const { status, lines, stderr } = await run(script, {
      arguments: library,
      onOutput: (_text, child) => {
        if (!sent) child.kill(signal);
        sent = true;
      },
    });
    expect(lines).toEqual(["ready", "destroyed 1"]);
    expect(stderr).toBe("");
    expect(status).toBe(0);
  },
);

test("a second signal ends a script that never comes back to the loop", async () => {
  // Signals that arrive before the first was taken are one with it: so one with every output.
  const { signal, lines } = await run(`trace("busy\\n"); for (;;) trace(".");`, {
    onOutput: (_text, child) => {
      child.kill("SIGTERM");
    },
  });
  expect(lines[0]).toBe("busy");
  expect(signal).toBe("SIGTERM");
});
