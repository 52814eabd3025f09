// SPDX-License-Identifier: Apache-2.0
import { normalizeAddress } from "modules/text/ipv4";
import { utf8Length } from "modules/text/utf8";
import { isWpaKey } from "modules/text/wpa";
import type { ArgumentSpec, CommandSpec, IntegerArgument, TextArgument } from "./table";

/** Base64 (RFC 4648 §4). Native on the device. */
export interface Base64Codec {
  /** Throws on anything except padded base64. */
  decode(text: string): Uint8Array;
  encode(bytes: Uint8Array): string;
}

/** An argument does not match the command table. The message names the argument and what was expected. */
export class ArgumentError extends Error {}

/**
 * Checks `given` (the parsed `args` of a command, of any type) against the command's table entry.
 *
 * Only own properties count, so `__proto__` and the like are unknown keys, and unknown keys are ignored. The last of
 * duplicate keys counts, as in JSON.parse. null means that the argument is absent. Integers are accepted as loosely as
 * in the original's JSON library: true and false are 1 and 0, a fraction is truncated.
 * @returns the arguments: defaults filled in, values clamped where the table says so, base64 decoded
 * @throws ArgumentError for the first argument, in the table's order, that is missing or invalid
 */
export const checkArguments = (spec: CommandSpec, given: unknown, base64: Base64Codec): Record<string, unknown> => {
  const args: Record<string, unknown> = {};
  if (!spec.args) return args;
  const values = (given ?? {}) as Record<string, unknown>;
  if (typeof values !== "object" || Array.isArray(values)) throw new ArgumentError("args must be an object");
  let count = 0;
  for (const [name, argument] of Object.entries(spec.args)) {
    const value = Object.hasOwn(values, name) ? values[name] : undefined;
    if (value !== undefined && value !== null) {
      args[name] = checkValue(name, argument, value, args, base64);
      count += 1;
    } else if (argument.required) throw new ArgumentError(`${name} is missing`);
    else if (argument.type === "integer" && argument.default !== undefined) args[name] = argument.default;
    else if (argument.type === "base64") args[name] = checkBase64(name, argument, "", args, base64);
  }
  if (spec.some && count === 0) throw new ArgumentError("no setting given");
  for (const rule of spec.rules ?? []) if (!rule.holds(args)) throw new ArgumentError(rule.text);
  return args;
};

/** The values that an argument accepts, as a phrase after "must be": for error texts and the protocol page. */
export const describe = (argument: ArgumentSpec): string => {
  switch (argument.type) {
    case "integer":
      if (argument.clamp) return "an integer";
      return argument.max === undefined
        ? `an integer, ${argument.min} or more`
        : `an integer from ${argument.min} to ${argument.max}`;
    case "text":
      return `${argument.min} to ${argument.max} bytes${argument.orKey ? ", or 64 hexadecimal digits" : ""}`;
    case "address":
      return "an IPv4 address";
    case "base64":
      return `base64 of exactly ${argument.count} ${argument.size === 1 ? "bytes" : "words"}`;
  }
};

const checkValue = (
  name: string,
  argument: ArgumentSpec,
  value: unknown,
  args: Readonly<Record<string, unknown>>,
  base64: Base64Codec,
): unknown => {
  if (argument.type === "integer") return checkInteger(name, argument, value);
  if (typeof value !== "string") throw new ArgumentError(`${name} must be a string`);
  switch (argument.type) {
    case "text":
      return checkText(name, argument, value);
    case "address":
      return checkAddress(name, argument, value);
    case "base64":
      return checkBase64(name, argument, value, args, base64);
  }
};

const checkInteger = (name: string, argument: IntegerArgument, value: unknown): number => {
  const { min, max = Number.MAX_SAFE_INTEGER, clamp } = argument;
  const wanted = `${name} must be ${describe(argument)}`;
  if (typeof value !== "number" && typeof value !== "boolean") throw new ArgumentError(wanted);
  const integer = Math.trunc(Number(value)) + 0; // -0 is 0
  if (clamp) return Math.min(max, Math.max(min, integer));
  if (integer < min || integer > max) throw new ArgumentError(wanted);
  return integer;
};

const checkText = (name: string, argument: TextArgument, value: string): string => {
  const bytes = utf8Length(value, argument.max);
  if (bytes === undefined) throw new ArgumentError(`${name} must be UTF-8 text without NUL`);
  const fits = bytes >= argument.min && bytes <= argument.max;
  if (fits || (argument.orEmpty && bytes === 0) || (argument.orKey && isWpaKey(value))) return value;
  throw new ArgumentError(`${name} must be ${describe(argument)}`);
};

const checkAddress = (name: string, argument: ArgumentSpec, value: string): string => {
  const address = normalizeAddress(value);
  if (address === undefined) throw new ArgumentError(`${name} must be ${describe(argument)}`);
  return address;
};

const checkBase64 = (
  name: string,
  argument: Extract<ArgumentSpec, { type: "base64" }>,
  value: string,
  args: Readonly<Record<string, unknown>>,
  base64: Base64Codec,
): Uint8Array => {
  const wanted = Number(args[argument.count]) * argument.size;
  const refusal = `${name} must be base64 of exactly ${wanted} bytes`;
  if (value.length !== 4 * Math.ceil(wanted / 3)) throw new ArgumentError(refusal);
  let bytes: Uint8Array;
  try {
    bytes = base64.decode(value);
  } catch {
    throw new ArgumentError(refusal);
  }
  if (bytes.length !== wanted) throw new ArgumentError(refusal);
  return bytes;
};
