// SPDX-License-Identifier: Apache-2.0
/**
 * `npm run paths`: writes `paths` of tsconfig.json from the manifests. `-- --check` only compares, for CI.
 * They are committed because editors read them, and npm install runs no scripts here.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { typescriptPaths } from "./manifests";

const file = join(resolve(__dirname, ".."), "tsconfig.json");
const PATHS = /( *)"paths": \{[^}]*\}/;

/** The text of a tsconfig.json with other `paths`; comments and everything else stay. @throws Error when it has none */
export function replacePaths(text: string, paths: Readonly<Record<string, string[]>>): string {
  if (!PATHS.test(text)) throw new Error("tsconfig.json has no paths to replace");
  return text.replace(PATHS, (_, indent: string) => {
    const lines = Object.entries(paths).map(
      ([specifier, files]) =>
        `${indent}  ${JSON.stringify(specifier)}: [${files.map((path) => JSON.stringify(path)).join(", ")}]`,
    );
    return `${indent}"paths": {\n${lines.join(",\n")}\n${indent}}`;
  });
}

function main(check: boolean): void {
  const text = readFileSync(file, "utf8");
  const current = replacePaths(text, typescriptPaths());
  if (current === text) return;
  if (check) {
    console.error("paths: tsconfig.json is not what the manifests say: run npm run paths");
    process.exitCode = 1;
  } else writeFileSync(file, current);
}

if (require.main === module) main(process.argv.includes("--check"));
