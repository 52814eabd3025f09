// SPDX-License-Identifier: Apache-2.0
import { run, variant } from "./script";

test("the heap is measured: what is held shows, what was let go does not", async () => {
  const { lines } = await run(`
    import Instrumentation from "instrumentation";
    const measure = () => { Instrumentation.collect(); return Instrumentation.heap; };
    const before = measure();
    let held = Array.from({ length: 1000 }, () => ({ a: 1 })), bytes = new ArrayBuffer(100000);
    const during = measure();
    held = bytes = undefined;
    const after = measure();
    const slots = during.slotsUsed - before.slotsUsed, chunks = during.chunkBytes - before.chunkBytes;
    trace(JSON.stringify([before.slotBytes, slots >= 2000 && slots < 2200, chunks >= 100000, after.slotsUsed - before.slotsUsed < 100,
      after.chunkBytes - before.chunkBytes < 1000, Instrumentation.slotsUsed > 0]), "\\n");`);
  expect(lines).toEqual([JSON.stringify([variant === "m32" ? 16 : 32, true, true, true, true, true])]);
});

test("SIGUSR1 prints one line of JSON and the script goes on; --heap-report prints it at the end", async () => {
  let asked = false;
  let ended = false;
  const { status, stderr } = await run(
    `
    import Timer from "timer";
    Timer.repeat(() => {}, 1000);
    trace("ready\\n");`,
    {
      arguments: ["--heap-report"],
      onOutput: (_text, child) => {
        if (!asked) child.kill("SIGUSR1");
        asked = true;
      },
      onErrors: (text, child) => {
        if (text.endsWith("\n") && !ended) ended = child.kill("SIGTERM");
      },
    },
  );
  const reports = stderr
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line).heap);
  expect(reports).toHaveLength(2);
  for (const heap of reports) {
    expect(heap.heapBytes).toBe(heap.slotsUsed * heap.slotBytes + heap.chunkBytes);
    expect(heap.slotsUsed).toBeGreaterThan(heap.slotsAtStart);
    expect(heap.modules).toBe(2);
    expect(heap.timers).toBe(1);
  }
  expect(status).toBe(0);
});

test("a heap that may not grow ends with 70 and the line when it is full", async () => {
  const slots = await run(`\nconst all = [];\nfor (;;) all.push({});`, { arguments: ["--heap-slots", "6000,0"] });
  expect(slots.stderr).toMatch(/xs-runner: memory full\n at main\.js:3/);
  expect(slots.status).toBe(70);
  const chunks = await run(`\nnew ArrayBuffer(200000);`, { arguments: ["--chunk", "100000,0"] });
  expect(chunks.stderr).toMatch(/xs-runner: memory full\n at main\.js:2/);
  expect(chunks.status).toBe(70);
});

test("endless recursion ends with 70 and the line", async () => {
  const { status, stderr } = await run(`\nfunction f(n) { return 1 + f(n + 1); }\nf(0);`);
  expect(stderr).toMatch(/xs-runner: stack overflow\n at main\.js:2/);
  expect(status).toBe(70);
});
