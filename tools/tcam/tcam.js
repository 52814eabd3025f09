#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
// The published package carries the compiled client; a checkout runs its TypeScript as it is.
const { existsSync } = require("node:fs");
const { join } = require("node:path");

const compiled = join(__dirname, "..", "..", "build", "tcam", "main.js");
if (!existsSync(join(__dirname, "main.ts"))) require(compiled);
else {
  require("tsx/cjs");
  require("./main.ts");
}
