// SPDX-License-Identifier: Apache-2.0
/** Arguments of `npm run test:unit` and `npm run test:device`. */
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

const ROOT = join(__dirname, "../../..");
const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { scripts: Record<string, string> };

test.each([
  ["test:unit", "test/unit/settings/settings.test.ts"],
  ["test:device", "test/device/launcher/test-scripts.test.ts"],
])("%s runs only the file that its arguments name", async (name, file) => {
  const [program = "", ...parameters] = (scripts[name]?.split("&& ").at(-1) ?? "").split(" ");
  const command = join(ROOT, "node_modules/.bin", program);
  const { stdout } = await promisify(execFile)(command, [...parameters, file, "--listTests"], { cwd: ROOT });
  expect(stdout.split("\n").filter((line) => line.startsWith("/"))).toEqual([join(ROOT, file)]);
});
