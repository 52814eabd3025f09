// SPDX-License-Identifier: Apache-2.0
/** What is derived from the manifests: the engine runner's map, jest's mapper, TypeScript's paths. */
import { jestMapper, moduleMap, typescriptPaths } from "../../../tools/manifests";
import { replacePaths } from "../../../tools/paths";

test("the engine runner's map has the Linux platform's classes, its own modules, the default board and the libraries", () => {
  const lines = moduleMap().split("\n");
  expect(lines).toEqual(
    expect.arrayContaining([
      "embedded:io/i2c=platforms/linux/i2c",
      "platform/system=platforms/linux/system",
      "timer=platforms/linux/xs/modules/timer",
      "board=boards/tcam-mini/board",
      "update/key=modules/update/key/none",
      "@noble/hashes/sha2=node_modules/@noble/hashes/esm/sha2",
    ]),
  );
  // A module at the path of its specifier needs no line.
  expect(lines.filter((line) => /^(modules|drivers|platforms)\//.test(line))).toEqual([]);
});

test("jest finds a module at its path in the manifests", () => {
  const find = (specifier: string): string[] | undefined => {
    for (const [pattern, [target = ""]] of Object.entries(jestMapper())) {
      const match = new RegExp(pattern).exec(specifier);
      if (match) return [target.replace("$1", match[1] ?? "")];
    }
    return undefined;
  };
  expect(find("modules/update/signature/ed25519")).toEqual(["<rootDir>/modules/update/signature/ed25519"]);
  expect(find("embedded:io/socket/tcp")).toEqual(["<rootDir>/platforms/common/tcp"]);
  expect(find("board")).toEqual(["<rootDir>/boards/tcam-mini/board"]);
  expect(find("boards/dev-board/board")).toEqual(["<rootDir>/boards/dev-board/board"]);
  expect(find("@noble/hashes/sha2")).toBeUndefined();
  expect(find("embedded:io/digital/more")).toBeUndefined();
});

test("TypeScript's paths leave out the modules declared in typings/", () => {
  const paths = typescriptPaths();
  expect(paths["drivers/vospi/*"]).toEqual(["./drivers/vospi/*"]);
  expect(Object.keys(paths).filter((specifier) => /^(embedded:|platform\/|update\/key|@)/.test(specifier))).toEqual([]);
});

test("only the paths of a tsconfig.json are replaced", () => {
  const text = '{\n  // why\n  "a": 1,\n  "paths": {\n    "old/*": ["./old/*"]\n  },\n  "b": 2\n}\n';
  expect(replacePaths(text, { "x/*": ["./x/*"], y: ["./y", "./z"] })).toBe(
    '{\n  // why\n  "a": 1,\n  "paths": {\n    "x/*": ["./x/*"],\n    "y": ["./y", "./z"]\n  },\n  "b": 2\n}\n',
  );
  expect(() => replacePaths("{}", {})).toThrow("no paths");
});
