// SPDX-License-Identifier: Apache-2.0
import { TABLE, UNSUPPORTED, type ArgumentSpec, type CommandSpec } from "modules/protocol/table";

/** The protocol's words, from the command table, which random bytes would hardly contain. */
export function dictionary(): string[] {
  const words = new Set<string>(["cmd", "args", '{"cmd":"', '"args":{', "__proto__", "constructor", ...UNSUPPORTED]);
  for (const [name, spec] of commands()) {
    words.add(name);
    for (const alias of spec.aliases ?? []) words.add(alias);
    for (const [argument, argumentSpec] of Object.entries(spec.args ?? {})) {
      words.add(argument);
      for (const value of interesting(argumentSpec)) words.add(value);
    }
  }
  return [...words];
}

export function commands(): [name: string, spec: CommandSpec][] {
  return Object.entries<CommandSpec>(TABLE);
}

/** JSON texts of values at and beyond the limits of an argument, and of other types. */
export function interesting(spec: ArgumentSpec): string[] {
  const any = [
    "null",
    "true",
    "{}",
    "[]",
    '""',
    "-0",
    "1.5",
    "1e400",
    "-1e308",
    "9007199254740993",
    '"\\u0000"',
    '"\\ud800"',
  ];
  switch (spec.type) {
    case "integer": {
      const top = spec.max ?? Number.MAX_SAFE_INTEGER;
      return [...any, ...[spec.min - 1, spec.min, spec.min + 1, top - 1, top, top + 1].map(String), `"${spec.min}"`];
    }
    case "text": {
      const { min, max } = spec;
      return [
        ...any,
        ...[min - 1, min, max, max + 1].map((length) => `"${"x".repeat(Math.max(0, length))}"`),
        ...(spec.orKey ? [`"${"aF".repeat(32)}"`] : []),
        '"ä€😀"',
      ];
    }
    case "address":
      return [...any, '"192.168.4.1"', '"255.255.255.255"', '"256.1.1.1"', '"1.2.3"', '"010.1.1.1"', '"1.2.3.4.5"'];
    case "base64":
      return [...any, '"AAA="', '"OwBPADwAUAA="', '"===="', '"A"', `"${"A".repeat(10_924)}"`, '"\\u0041AAA"'];
  }
}
