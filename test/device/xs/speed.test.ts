// SPDX-License-Identifier: Apache-2.0
import { run } from "./script";

test("device time runs as many times faster as --speed says, timers and clock alike", async () => {
  const began = process.hrtime.bigint();
  const { lines } = await run(
    `
    import Timer from "timer";
    import Time from "time";
    const start = Time.ticks, micro = Time.microseconds;
    Timer.set(() => trace(Time.delta(start), " ", Math.floor((Time.microseconds - micro) / 1000) >= 20000, "\\n"), 20000);`,
    { arguments: ["--speed", "100"] },
  );
  const real = Number(process.hrtime.bigint() - began) / 1e6;
  const [device, exact] = (lines[0] ?? "").split(" ");
  expect(Number(device)).toBeGreaterThanOrEqual(20_000);
  expect(exact).toBe("true");
  // What the host measured cannot be more than a hundred times the whole process took.
  expect(Number(device)).toBeLessThanOrEqual(100 * real);
});
