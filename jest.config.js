/** Unit tests run the firmware's TypeScript on Node with `embedded:*` classes replaced by fakes; device tests speak to the whole camera. */
const common = {
  testEnvironment: "node",
  transform: {
    "^.+\\.tsx?$": [
      "@swc/jest",
      { jsc: { parser: { syntax: "typescript" }, target: "es2022" }, module: { type: "commonjs" } },
    ],
  },
  moduleNameMapper: {
    "^(modules|drivers|boards|platforms)/(.*)$": "<rootDir>/$1/$2",
    "^timer$": "<rootDir>/test/unit/fakes/timer.ts",
    "^time$": "<rootDir>/test/unit/fakes/time.ts",
  },
  modulePathIgnorePatterns: ["<rootDir>/build/"],
};

module.exports = {
  projects: [
    { ...common, displayName: "unit", testMatch: ["<rootDir>/test/unit/**/*.test.ts"] },
    {
      ...common,
      displayName: "device",
      testMatch: ["<rootDir>/test/device/**/*.test.ts"],
      setupFilesAfterEnv: ["<rootDir>/test/device/setup.ts"],
    },
  ],
};
