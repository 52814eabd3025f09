// SPDX-License-Identifier: Apache-2.0
import { run } from "./script";

test("an unhandled rejection ends the runner with 70, message, file and line", async () => {
  const { status, stdout, stderr } = await run(`
import Timer from "timer";
async function fail() {
  await undefined;
  throw new RangeError("late");
}
fail();
Timer.set(() => trace("never"), 10);`);
  expect(stderr).toMatch(/unhandled rejection: RangeError: late\n at fail \(main\.js:5\)/);
  expect(stdout).toBe("");
  expect(status).toBe(70);
});

test("a rejection that is handled before the last job is no error", async () => {
  const { status, stdout, stderr } = await run(`
    const rejected = Promise.reject(new Error("handled"));
    await undefined;
    await rejected.catch((error) => trace(error.message));`);
  expect(stderr).toBe("");
  expect(stdout).toBe("handled");
  expect(status).toBe(0);
});
