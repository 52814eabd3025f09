// SPDX-License-Identifier: Apache-2.0

/**
 * Looks up each `native("name")` of a compiled module once, when the module is loaded, as the SDK's compiler does.
 * @param code an ES module of tsc
 */
export function hoistNatives(code: string): string {
  const names = new Set<string>();
  const body = code.replace(/\bnative\("(\w+)"\)/g, (_, name: string) => {
    names.add(name);
    return `$${name}`;
  });
  return [...names].map((name) => `const $${name} = native("${name}");`).join(" ") + body;
}
