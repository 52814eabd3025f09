// SPDX-License-Identifier: Apache-2.0
import { run } from "./script";

test("relative, parent, root and mapped specifiers find their files, with and without .js", async () => {
  const { status, lines } = await run({
    "main.js": `
      import "./parts/a"; import "parts/b.js"; import "./parts/deep/../c.js"; import Timer from "timer";
      trace(typeof Timer.set, "\\n");`,
    "parts/a.js": `import "../outer"; import "./deep/d.js"; trace("a\\n");`,
    "parts/b.js": `trace("b\\n");`,
    "parts/c.js": `trace("c\\n");`,
    "parts/deep/d.js": `import "../../outer.js"; trace("d\\n");`,
    "outer.js": `trace("outer\\n");`,
  });
  expect(lines).toEqual(["outer", "d", "a", "b", "c", "function"]);
  expect(status).toBe(0);
});

test("a file is one module, however it is imported", async () => {
  const { lines } = await run({
    "main.js": `
      import { bump as a } from "./state"; import { bump as b } from "state.js"; import { bump as c } from "./x/../state";
      a(); b(); trace(c(), " ", import.meta.uri, "\\n");`,
    "state.js": `let n = 0; export const bump = () => ++n; trace("once\\n");`,
  });
  expect(lines).toEqual(["once", "3 main"]);
});

test("dynamic imports resolve against their module, and a missing one rejects", async () => {
  const { status, lines } = await run({
    "main.js": `import "./parts/a";`,
    "parts/a.js": `
      const { name } = await import("./b");
      trace(name, "\\n");
      try { await import("./nothing"); } catch (error) { trace(error.name, "\\n"); }`,
    "parts/b.js": `export const name = "b";`,
  });
  expect(lines).toEqual(["b", "ReferenceError"]);
  expect(status).toBe(0);
});
