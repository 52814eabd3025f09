// SPDX-License-Identifier: Apache-2.0
import { run } from "./script";

test("a native function that does not exist is named, with file and line", async () => {
  const { status, stderr } = await run(
    `\nclass Thing { work() { return native("xs_thing_work").call(this); } }\nnew Thing().work();`,
  );
  expect(stderr).toMatch(/ReferenceError: native "xs_thing_work" not found\n at native \(\)\n at work \(main\.js:2\)/);
  expect(status).toBe(70);
});

test("a native class that does not exist is named", async () => {
  const { status, stderr } = await run(`class Thing extends Native("xs_thing_destructor") {}`);
  expect(stderr).toContain(`native "xs_thing_destructor" not found`);
  expect(status).toBe(70);
});

test("functions of the C library are not natives", async () => {
  const { stderr } = await run(`native("system").call(undefined, "true");`);
  expect(stderr).toContain(`native "system" not found`);
});
