// SPDX-License-Identifier: Apache-2.0
const { build } = require("esbuild");
const { mkdirSync, readFileSync, renameSync, writeFileSync } = require("node:fs");
const { dirname, join } = require("node:path");
const tsx = require("tsx/cjs/api");
const { bundled, PROGRAMS } = tsx.require("./bundled", __filename);
const isolateWorkers = tsx.require("./device/isolate-workers", __filename).default;

/** In a bundle, too, each module's `__dirname` and `__filename` are its own. */
const folders = {
  name: "folders",
  setup({ onLoad }) {
    onLoad({ filter: /\.ts$/ }, ({ path }) => ({
      contents: `const __dirname = ${JSON.stringify(dirname(path))}, __filename = ${JSON.stringify(path)};${readFileSync(path, "utf8")}`,
      loader: "ts",
    }));
  },
};

async function bundle(program) {
  const [, file] = bundled(program);
  const { outputFiles } = await build({
    entryPoints: [join(__dirname, "..", program)],
    ...{ bundle: true, platform: "node", target: "node20", packages: "external", write: false },
    // Only a file that node starts is a main module.
    define: { "require.main": "undefined" },
    plugins: [folders],
  });
  mkdirSync(dirname(file), { recursive: true });
  // Another run of the tests may start the program meanwhile.
  const own = `${file}.${process.pid}`;
  writeFileSync(own, outputFiles[0].contents);
  renameSync(own, file);
}

module.exports = async (_, { displayName }) => {
  await Promise.all(PROGRAMS.map(bundle));
  if (displayName.name === "device") isolateWorkers();
};
