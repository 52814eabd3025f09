// SPDX-License-Identifier: Apache-2.0
import { run } from "./script";

test("a module that awaits holds back its importers and not its siblings", async () => {
  const { status, lines } = await run({
    "main.js": `import "./slow"; import "./quick"; trace("main\\n");`,
    "slow.js": `import Timer from "timer"; trace("slow 1\\n"); await new Promise((done) => Timer.set(done, 5)); trace("slow 2\\n");`,
    "quick.js": `trace("quick\\n");`,
  });
  expect(lines).toEqual(["slow 1", "quick", "slow 2", "main"]);
  expect(status).toBe(0);
});

test("an await that nothing can end is an error, not a silent end", async () => {
  const { status, stderr } = await run(`await new Promise(() => {});`);
  expect(status).toBe(70);
  expect(stderr).toContain(`module "main" awaits what can never come`);
});
