// SPDX-License-Identifier: Apache-2.0
import { run } from "./script";

test("a module that does not parse is reported with file and line", async () => {
  const { status, stderr } = await run({
    "main.js": `import "./parts/bad";`,
    "parts/bad.js": `const a = 1;\nconst b = ;\n`,
  });
  expect(stderr).toMatch(/^parts\/bad\.js:2: error: /);
  expect(stderr).toContain("SyntaxError");
  expect(status).toBe(70);
});

test("an import of a name that is not exported is reported", async () => {
  const { status, stderr } = await run({
    "main.js": `import { nothing } from "./a";`,
    "a.js": `export const something = 1;`,
  });
  expect(stderr).toMatch(/SyntaxError: import nothing not found/);
  expect(status).toBe(70);
});
