// SPDX-License-Identifier: Apache-2.0
/**
 * `npm run trim-lock-file`: removes the dependencies and the Node versions of @agoric/xsnap from package-lock.json, then installs.
 * Only C sources of that package are used; its 63 dependencies (48 MB) are not. npm installs what the lock file says, and keeps the
 * entry until the package is updated or the lock file is generated again: run this afterwards.
 * `overrides` cannot remove a dependency, only replace it by another package.
 */
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

interface LockFile {
  packages: Record<string, { dependencies?: object; engines?: object }>;
}

const root = join(__dirname, "..");
const path = join(root, "package-lock.json");
const engine = "node_modules/@agoric/xsnap";

const lock = JSON.parse(readFileSync(path, "utf8")) as LockFile;
const entry = lock.packages[engine];
if (!entry) throw new Error(`${engine} is not in package-lock.json`);
delete entry.dependencies;
delete entry.engines;
writeFileSync(path, `${JSON.stringify(lock, null, 2)}\n`);
process.exitCode = spawnSync("npm", ["install"], { cwd: root, stdio: "inherit" }).status ?? 1;
