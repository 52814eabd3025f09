// SPDX-License-Identifier: Apache-2.0
import { probe, run } from "./script";

let library: string[];
beforeAll(() => (library = probe()));

test("posts of a native thread reach the script, merged and never lost, and keep the runner alive", async () => {
  const { status, lines } = await run(
    `
    let calls = 0, previous = 0, ordered = true;
    native("xs_probe_ring").call(undefined, (count) => {
      calls++;
      ordered &&= count >= previous;
      previous = count;
      if (count === 50000) trace(ordered, " ", calls >= 1 && calls <= 50000, "\\n");
    }, 50000);`,
    { arguments: library },
  );
  expect(lines).toEqual(["true true"]);
  expect(status).toBe(0);
});

test("promise jobs of one delivery run before the next", async () => {
  const { lines } = await run(
    `
    const order = [];
    const add = (name) => { order.push(name); if (order.length === 4) trace(order.join(" "), "\\n"); };
    for (const name of ["a", "b"])
      native("xs_probe_ring").call(undefined, () => { add(name); Promise.resolve().then(() => add(name + "'")); }, 1);`,
    { arguments: library },
  );
  expect(["a a' b b'", "b b' a a'"]).toContain(lines[0]);
});
