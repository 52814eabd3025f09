// SPDX-License-Identifier: Apache-2.0
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { EXAMPLES } from "../../../tools/examples";
import { readProgram, root } from "../../../tools/manifests";
import { imports } from "./imports";

/** Modules of the SDK, through examples/manifest_base.json. */
const base = ["time", "timer"];

test("the examples are found", () => {
  expect(EXAMPLES).toEqual(["led-and-button", "lepton-snapshot"]);
});

describe.each(EXAMPLES)("%s", (name) => {
  const folder = `examples/${name}`;

  test("its main has under 40 lines", () => {
    const lines = readFileSync(join(root, folder, "main.ts"), "utf8")
      .trimEnd()
      .split("\n");
    expect(lines.length).toBeLessThan(40);
  });

  test.each(["esp32", "lin"] as const)("its manifest names files that exist, and all it imports, on %s", (platform) => {
    const program = readProgram(platform, `${folder}/manifest.json`);
    expect(program.references.filter(({ path }) => !existsSync(join(root, path)))).toEqual([]);
    const specifiers = [...program.modules];
    const known = new Set([...program.modules.keys(), ...program.sdkModules, ...base]);
    const main = specifiers.filter(([, path]) => path === `${folder}/main.ts`);
    expect(main).toHaveLength(1);
    const imported = specifiers
      .filter(([, path]) => /^(examples|drivers)\//.test(path))
      .flatMap(([specifier, path]) => imports(specifier, path));
    const fromSdk = platform === "esp32" ? /^embedded:io\/(digital|i2c)$/ : /^$/;
    expect(imported.filter((specifier) => !known.has(specifier) && !fromSdk.test(specifier))).toEqual([]);
  });

  test("it uses drivers and no module of the firmware", () => {
    const specifiers = [...readProgram("lin", `${folder}/manifest.json`).modules.keys()];
    expect(specifiers.filter((specifier) => specifier.startsWith("modules/"))).toEqual([]);
  });
});
