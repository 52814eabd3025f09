// SPDX-License-Identifier: Apache-2.0
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildRunner } from "../../../tools/build";

const before = process.env.PATH;
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tcam-path-"));
  process.env.PATH = folder;
});
afterEach(() => {
  process.env.PATH = before;
  rmSync(folder, { recursive: true });
});

function tool(name: string): void {
  writeFileSync(join(folder, name), "#!/bin/sh\nexit 1\n");
  chmodSync(join(folder, name), 0o755);
}

test("without make the build says so", async () => {
  tool("cc");
  await expect(buildRunner()).rejects.toThrow("make is needed to build the engine runner");
});

test("without a C compiler the build says so", async () => {
  tool("make");
  await expect(buildRunner()).rejects.toThrow("a C compiler is needed to build the engine runner: there is no cc");
});

test("without the engine's sources the build says where they should be", async () => {
  await expect(buildRunner({ engine: "nowhere/xs" })).rejects.toThrow(
    "the XS engine's sources are missing (nowhere/xs): run npm install",
  );
});
