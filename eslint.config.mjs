import js from "@eslint/js";
import tseslint from "typescript-eslint";

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
          "./test/unit/tsconfig.json",
          "./test/fuzz/tsconfig.json",
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
    // The emulated Lepton has an injected clock.
    files: ["simulator/lepton/**"],
    rules: {
      "no-restricted-globals": ["error", "Date", "setTimeout", "setInterval"],
      "no-restricted-imports": ["error", { patterns: ["**/modules/**", "**/drivers/**"] }],
    },
  },
);
