const { availableParallelism } = require("node:os");
const { jestMapper } = require("tsx/cjs/api").require("./tools/manifests", __filename);

/** Unit tests run the firmware's TypeScript on Node with `embedded:*` classes replaced by fakes; device tests speak to the whole camera. */
const common = {
  testEnvironment: "node",
  transform: {
    "^.+\\.tsx?$": [
      "@swc/jest",
      {
        // Class fields as in tsconfig.json.
        jsc: {
          parser: { syntax: "typescript" },
          target: "es2022",
          transform: { useDefineForClassFields: false },
        },
        module: { type: "commonjs" },
      },
    ],
  },
  moduleNameMapper: {
    ...jestMapper(),
    "^timer$": "<rootDir>/test/unit/fakes/timer.ts",
    "^time$": "<rootDir>/test/unit/fakes/time.ts",
  },
  modulePathIgnorePatterns: ["<rootDir>/build/"],
  setupFilesAfterEnv: ["<rootDir>/test/timeout.ts"],
};

// Another camera takes the place of the virtual one in these folders only; what steers the board is skipped there.
const { TCAM_ADDR, TCAM_SERIAL } = process.env;
const folders = [...(TCAM_ADDR ? ["camera"] : []), ...(TCAM_SERIAL ? ["hardware-interface"] : [])];
if (folders.length > 0)
  process.stderr.write(
    `Your camera is tested, by test/device/${folders.join(" and ")}; the other device tests need the virtual one.\n`,
  );

module.exports = {
  // A device test is several processes that wait for each other.
  maxWorkers: 2 * availableParallelism(),
  projects: [
    {
      ...common,
      displayName: "unit",
      globalSetup: "<rootDir>/test/global-setup.js",
      testMatch: ["<rootDir>/test/unit/**/*.test.ts"],
      setupFiles: ["<rootDir>/test/unit/fakes/native.ts"],
    },
    {
      ...common,
      displayName: "device",
      globalSetup: "<rootDir>/test/global-setup.js",
      setupFilesAfterEnv: [...common.setupFilesAfterEnv, "<rootDir>/test/device/stop-board.ts"],
      testMatch: (folders.length > 0 ? folders : ["**"]).map(
        (folder) => `<rootDir>/test/device/${folder}/**/*.test.ts`,
      ),
    },
  ],
};
