// SPDX-License-Identifier: Apache-2.0
import { run } from "./script";

test("an exception in a callback ends the runner with 70, message, file and line", async () => {
  const { status, stderr } = await run({
    "main.js": `import Timer from "timer";\nimport { work } from "./parts/work";\nTimer.set(() => { work(); }, 1);\nTimer.set(() => trace("never\\n"), 20);`,
    "parts/work.js": `export function work() {\n  const cause = new Error("because");\n  throw new TypeError("bad", { cause });\n}`,
  });
  expect(stderr).toMatch(/uncaught exception: TypeError: bad\n at work \(parts\/work\.js:3\)\n at .*\(main\.js:3\)/);
  expect(stderr).toMatch(/caused by: Error: because\n at work \(parts\/work\.js:2\)/);
  expect(status).toBe(70);
});

test("an exception while modules load does too", async () => {
  const { status, stderr } = await run(`\n\nundefined.property;`);
  expect(stderr).toMatch(/uncaught exception: TypeError: .*\n at \(main\.js:3\)/);
  expect(status).toBe(70);
});

test("what is no Error is printed with the line of the throw", async () => {
  const { status, stderr } = await run(`\nthrow "text";`);
  expect(stderr).toMatch(/uncaught exception: text \(not an Error\)\n last throw \(main\.js:2\)/);
  expect(status).toBe(70);
});

test("what was printed before is not lost", async () => {
  const { stdout } = await run(`trace("one "); trace("two"); throw new Error();`);
  expect(stdout).toBe("one two");
});

test("where the compiler left a source map, the line is the source's", async () => {
  // Generated line 2 is line 5 of the source, line 1 its line 1.
  const map = { version: 3, file: "main.js", sources: ["../src/main.ts"], names: [], mappings: "AAAA;AAIA" };
  const { stderr } = await run({
    "main.js": `import "./out/code.js";`,
    "out/code.js": `const x = 1;\nthrow new Error("here" + x);\n//# sourceMappingURL=code.js.map\n`,
    "out/code.js.map": JSON.stringify(map),
  });
  expect(stderr).toMatch(/Error: here1\n at \(src\/main\.ts:5\)/);
});
