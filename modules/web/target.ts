// SPDX-License-Identifier: Apache-2.0
import { WebError } from "./exchange";
import type { NumberQuery, QuerySpec } from "./routes";

export interface Target {
  /** Not decoded: the paths of the route table are plain ASCII. */
  readonly path: string;
  /** Decoded names and values, in their order. */
  readonly parameters: readonly (readonly [name: string, value: string])[];
}

const SCHEME = "http://";

/**
 * Splits a request's target (RFC 9112 §3.2): a path, "*", or a URL.
 * @param host the field Host; that of a URL must be the same
 */
export const parseTarget = (target: string, host: string | undefined): Target => {
  if (target.startsWith(SCHEME)) return parseUrl(target, host);
  const mark = target.indexOf("?");
  if (mark < 0) return { path: target, parameters: [] };
  return { path: target.slice(0, mark), parameters: parseQuery(target.slice(mark + 1)) };
};

const parseUrl = (url: string, host: string | undefined): Target => {
  const slash = url.indexOf("/", SCHEME.length);
  const authority = slash < 0 ? url.slice(SCHEME.length) : url.slice(SCHEME.length, slash);
  if (host !== undefined && authority.toLowerCase() !== host.toLowerCase())
    throw new WebError(400, "the host of the URL and the field Host differ");
  return parseTarget(slash < 0 ? "/" : url.slice(slash), host);
};

const parseQuery = (query: string): Target["parameters"] =>
  query
    .split("&")
    .filter((part) => part !== "")
    .map((part) => {
      const equals = part.indexOf("=");
      return equals < 0 ? [decode(part), ""] : [decode(part.slice(0, equals)), decode(part.slice(equals + 1))];
    });

const decode = (text: string): string => {
  try {
    return decodeURIComponent(text.split("+").join(" "));
  } catch {
    throw new WebError(400, "the query is not percent-encoded UTF-8");
  }
};

/**
 * The values of a route's query. Unknown names are ignored, the last of equal names counts. `min` and `max` are the ends
 * of a range in every route that has them.
 * @throws WebError for the first value that is not in its range, and for a range without values
 */
export const checkQuery = (
  specs: Readonly<Record<string, QuerySpec>>,
  parameters: Target["parameters"],
): Readonly<Record<string, string | number>> => {
  const values: Record<string, string | number> = {};
  for (const [name, spec] of Object.entries(specs)) {
    let given: string | undefined;
    for (const [key, value] of parameters) if (key === name) given = value;
    if (given !== undefined) values[name] = checkValue(name, spec, given);
    else if (spec.default !== undefined) values[name] = spec.default;
  }
  const { min, max } = values;
  if (min !== undefined && max !== undefined && min >= max) throw new WebError(400, "min must be less than max");
  return values;
};

const checkValue = (name: string, spec: QuerySpec, given: string): string | number => {
  if (spec.type !== "choice") return checkNumber(name, spec, given);
  if (spec.values.includes(given)) return given;
  throw new WebError(400, `${name} must be ${describeQuery(spec)}`);
};

const checkNumber = (name: string, spec: NumberQuery, given: string): number => {
  const number = isDecimal(given) ? Number(given) : NaN;
  if (number >= spec.min && number <= spec.max && (spec.type === "number" || Number.isInteger(number))) return number;
  throw new WebError(400, `${name} must be ${describeQuery(spec)}`);
};

/** The values of a query field as a phrase after "must be": for errors and the page of the API. */
export const describeQuery = (spec: QuerySpec): string => {
  if (spec.type === "choice") return `one of ${spec.values.join(", ")}`;
  const kind = spec.type === "integer" ? "an integer" : "a number";
  return spec.max === Number.MAX_SAFE_INTEGER
    ? `${kind}, ${spec.min} or more`
    : `${kind} from ${spec.min} to ${spec.max}`;
};

/** Digits with at most one point and a sign: Number() would take more forms. */
const isDecimal = (text: string): boolean => {
  let digits = 0;
  let points = 0;
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at);
    if (character >= "0" && character <= "9") digits += 1;
    else if (character === ".") points += 1;
    else if (character !== "-" || at > 0) return false;
  }
  return digits > 0 && points <= 1;
};
