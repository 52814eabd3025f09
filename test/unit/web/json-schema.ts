// SPDX-License-Identifier: Apache-2.0
import { isIPv4 } from "node:net";
import type { Schema } from "../../../tools/web-api/schemas";

const TYPES: Readonly<Record<NonNullable<Schema["type"]>, (value: unknown) => boolean>> = {
  object: (value) => typeof value === "object" && value !== null && !Array.isArray(value),
  array: Array.isArray,
  string: (value) => typeof value === "string",
  number: (value) => typeof value === "number",
  integer: Number.isInteger,
  boolean: (value) => typeof value === "boolean",
};

const FORMATS: Readonly<Record<NonNullable<Schema["format"]>, (text: string) => boolean>> = {
  ipv4: isIPv4,
};

/** What is wrong with a value, each with its place. A member that the schema does not describe is wrong, too. */
export function violations(schema: Schema, value: unknown, at = ""): string[] {
  const {
    type,
    enum: values,
    minimum = -Infinity,
    maximum = Infinity,
    maxLength = Infinity,
    format,
    pattern = "",
  } = schema;
  const wrong: string[] = [];
  const check = (right: boolean, what: string): void => {
    if (!right) wrong.push(`${at}: ${what}: ${JSON.stringify(value)}`);
  };
  if (type && !TYPES[type](value)) return [`${at}: no ${type}: ${JSON.stringify(value)}`];
  if (values) check(values.includes(value as string), `not one of ${values.join(", ")}`);
  if (typeof value === "number") check(value >= minimum && value <= maximum, `not from ${minimum} to ${maximum}`);
  if (typeof value === "string") {
    check(value.length <= maxLength, `longer than ${maxLength}`);
    if (format) check(FORMATS[format](value), `no ${format}`);
    check(new RegExp(pattern).test(value), `not ${pattern}`);
  }
  if (Array.isArray(value)) {
    const { minItems = 0, maxItems = Infinity, items = {} } = schema;
    check(value.length >= minItems && value.length <= maxItems, `not ${minItems} to ${maxItems} items`);
    return wrong.concat(...value.map((item: unknown, i) => violations(items, item, `${at}[${i}]`)));
  }
  return type === "object" ? wrong.concat(memberViolations(schema, value as object, at)) : wrong;
}

function memberViolations(schema: Schema, value: object, at: string): string[] {
  const { properties = {}, required = [], minProperties = 0, additionalProperties } = schema;
  const members = Object.entries(value);
  const wrong = required.filter((name) => !(name in value)).map((name) => `${at}.${name}: missing`);
  if (members.length < minProperties) wrong.push(`${at}: fewer than ${minProperties} members`);
  for (const [name, member] of members) {
    const of = properties[name] ?? (additionalProperties || undefined);
    wrong.push(...(of ? violations(of, member, `${at}.${name}`) : [`${at}.${name}: not described`]));
  }
  return wrong;
}
