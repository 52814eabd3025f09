// SPDX-License-Identifier: Apache-2.0
/** package-lock.json determines what `npm install` installs. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../../tools/manifests";

interface Entry {
  resolved?: string;
  dependencies?: Record<string, string>;
  engines?: Record<string, string>;
}

const { packages } = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")) as {
  packages: Record<string, Entry>;
};

test("of the engine's package only its files are installed, with any Node (npm run trim-lock-file)", () => {
  const engine = packages["node_modules/@agoric/xsnap"];
  expect(engine).toBeDefined();
  expect([engine?.dependencies, engine?.engines]).toEqual([undefined, undefined]);
  expect(Object.keys(packages).filter((path) => /^node_modules\/@(agoric|endo)\//.test(path))).toEqual([
    "node_modules/@agoric/xsnap",
  ]);
});

test("the lock file names no registry", () => {
  expect(Object.values(packages).filter(({ resolved }) => resolved !== undefined)).toEqual([]);
});
