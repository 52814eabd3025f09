// SPDX-License-Identifier: Apache-2.0
import { run } from "./script";

test("a missing module ends the runner with the specifier, the importer and the file looked for", async () => {
  const { status, stderr } = await run({
    "main.js": `import "parts/a";`,
    "parts/a.js": `import "embedded:io/nothing";`,
  });
  expect(status).toBe(70);
  expect(stderr).toMatch(
    /ReferenceError: module "embedded:io\/nothing" not found, imported by parts\/a \(no file embedded:io\/nothing\.js\)/,
  );
});

test("a path that climbs above the root is not found", async () => {
  const { status, stderr } = await run(`import "../../etc/passwd";`);
  expect(status).toBe(70);
  expect(stderr).toContain(`module "../../etc/passwd" not found, imported by main`);
});

test("names longer than the engine's own error texts stay whole", async () => {
  const long = "p".repeat(100);
  const { stderr } = await run({
    "main.js": `import "./${long}/${long}.js";`,
    [`${long}/${long}.js`]: `import "./gone";`,
  });
  expect(stderr).toContain(`imported by ${long}/${long} (no file ${long}/gone.js)`);
});

test("a missing main module is reported", async () => {
  const { status, stderr } = await run({});
  expect(status).toBe(70);
  expect(stderr).toContain(`module "main" not found`);
});
