// SPDX-License-Identifier: Apache-2.0
import { probe, run } from "./script";

const counter = `
  class Counter extends Native("xs_probe_counter_destructor") {
    extra = "field";
    constructor(start) { super(); native("xs_probe_counter").call(this, start); }
    add(n) { return native("xs_probe_counter_add").call(this, n); }
  }`;
let library: string[];
beforeAll(() => (library = probe()));

test("classes in the SDK's form construct, inherit and keep their data", async () => {
  const { status, lines } = await run(
    `${counter}
    class Double extends Counter { add(n) { return super.add(2 * n); } }
    const a = new Counter(1), b = new Double(10);
    trace(a.add(1), " ", a.add(1), " ", b.add(1), " ", b instanceof Double, " ", b instanceof Counter, " ", a.extra, "\\n");`,
    { arguments: library },
  );
  expect(lines[0]).toBe("2 3 12 true true field");
  expect(lines.slice(1).sort()).toEqual(["destroyed 12", "destroyed 3"]);
  expect(status).toBe(0);
});

test("the destructor runs when the object is collected", async () => {
  const { lines } = await run(
    `${counter}
    import Instrumentation from "instrumentation";
    new Counter(7);
    Instrumentation.collect();
    trace("collected\\n");`,
    { arguments: library },
  );
  expect(lines).toEqual(["destroyed 7", "collected"]);
});

test("a wrong receiver throws instead of crashing, and a class is not called", async () => {
  const { status, lines } = await run(
    `${counter}
    const said = (work) => { try { work(); } catch (error) { trace(error.name, "\\n"); } };
    said(() => Counter.prototype.add.call({}, 1));
    said(() => Counter.prototype.add.call(undefined, 1));
    said(() => Native("xs_probe_counter_destructor")());`,
    { arguments: library },
  );
  expect(lines).toEqual(["SyntaxError", "SyntaxError", "TypeError"]);
  expect(status).toBe(0);
});
