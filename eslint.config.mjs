import js from "@eslint/js";
import tseslint from "typescript-eslint";

/** Files of tests that use real time, with the reason. */
const REAL_TIME = [
  // Programs that board time does not govern and that report nothing.
  "test/device/real-time.ts",
  // A browser's page: a wait that fails reports what the page shows instead.
  "test/device/page-shows.ts",
];
const noWait = (callee) => ({
  selector: `CallExpression[callee.name="${callee}"]`,
  message: "Tests wait for events: test/device/board-time.ts, test/unit/fakes/virtual-timers.ts.",
});

export default tseslint.config(
  { ignores: ["build/", "node_modules/", "**/*.js", "**/*.mjs"] },
  js.configs.recommended,
  ...tseslint.configs.recommended,
  {
    languageOptions: {
      parserOptions: {
        project: [
          "./tsconfig.json",
          "./tsconfig.node.json",
          "./modules/web/page/tsconfig.json",
          "./platforms/linux/sdk/simulators/tsconfig.json",
          "./test/unit/tsconfig.json",
          "./test/fuzz/tsconfig.json",
          "./test/bench/engine/xs/tsconfig.json",
        ],
      },
    },
    rules: {
      "@typescript-eslint/no-explicit-any": "error",
      "@typescript-eslint/no-floating-promises": "error",
      "@typescript-eslint/no-misused-promises": ["error", { checksVoidReturn: false }],
      "@typescript-eslint/switch-exhaustiveness-check": "error",
      "@typescript-eslint/consistent-type-imports": [
        "error",
        { prefer: "type-imports", disallowTypeAnnotations: false },
      ],
      "no-undef": "off",
      eqeqeq: "error",
    },
  },
  {
    // The firmware runs on XS: no Node, no wall clock, no random numbers of its own.
    files: ["boards/**", "drivers/**", "modules/**", "self-test/**"],
    ignores: ["modules/web/page/**"],
    rules: {
      "no-restricted-globals": ["error", "Date", "setTimeout", "setInterval", "console", "process", "Buffer"],
      "no-restricted-properties": ["error", { object: "Math", property: "random" }],
      "no-restricted-imports": ["error", { patterns: ["node:*", "**/simulator/**"] }],
    },
  },
  {
    // Preloaded modules are objects in flash: docs/sdk.md has what each takes.
    files: ["boards/**", "drivers/**", "modules/**", "platforms/**", "self-test/**"],
    ignores: ["modules/web/page/**", "platforms/linux/sdk/**"],
    rules: {
      "no-restricted-syntax": [
        "error",
        { selector: "PrivateIdentifier", message: "TypeScript's private takes less flash (docs/sdk.md)." },
        {
          // Declarations, and expressions that are no methods.
          selector:
            ":matches(FunctionDeclaration, :not(MethodDefinition, Property[method=true], Property[kind=/get|set/]) > FunctionExpression)" +
            '[async=false][generator=false]:not([params.0.name="this"])',
          message: "An arrow function takes less flash (docs/sdk.md).",
        },
      ],
    },
  },
  {
    // A test waits for events, with a limit in board time: a busy computer does not fail it.
    files: ["test/device/**", "test/unit/**"],
    ignores: REAL_TIME,
    rules: {
      "no-restricted-syntax": ["error", noWait("setTimeout"), noWait("setInterval")],
      "no-restricted-properties": [
        "error",
        { object: "Date", property: "now" },
        { object: "performance", property: "now" },
        { object: "process", property: "hrtime" },
        { object: "AbortSignal", property: "timeout" },
      ],
      "no-restricted-imports": ["error", "timers/promises", "node:timers/promises", "node:timers", "node:perf_hooks"],
    },
  },
  {
    // The emulated Lepton has an injected clock.
    files: ["simulator/lepton/**"],
    rules: {
      "no-restricted-globals": ["error", "Date", "setTimeout", "setInterval"],
      "no-restricted-imports": ["error", { patterns: ["**/modules/**", "**/drivers/**"] }],
    },
  },
);
