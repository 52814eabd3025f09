// SPDX-License-Identifier: Apache-2.0
/** `npm run mcsim` where it cannot run: one line on why. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Launcher, typeScript } from "./launcher";

const SCRIPT = typeScript("tools/sdk/mcsim.ts");

test("without MODDABLE it says so", async () => {
  const { code, out, err } = await new Launcher([], { MODDABLE: "" }, SCRIPT).exit;
  expect({ code, out }).toEqual({ code: 1, out: "" });
  expect(err).toMatch(/^mcsim: MODDABLE is not set: [^\n]+\n$/);
});

test("without the SDK's tools it says so", async () => {
  const MODDABLE = mkdtempSync(join(tmpdir(), "tcam-sdk-"));
  try {
    const { code, out, err } = await new Launcher([], { MODDABLE }, SCRIPT).exit;
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(err).toMatch(/^mcsim: no mcsim in [^\n]+: the SDK's tools are not built\n$/);
  } finally {
    rmSync(MODDABLE, { recursive: true });
  }
});
