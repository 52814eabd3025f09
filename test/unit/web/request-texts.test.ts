// SPDX-License-Identifier: Apache-2.0
/** Any text of a client in a request's target, query and handshake. */
import fc from "fast-check";
import { WebError } from "modules/web/exchange";
import { ROUTES, type QuerySpec, type RouteSpec } from "modules/web/routes";
import { checkQuery, parseTarget } from "modules/web/target";
import { readHandshake } from "modules/web/websocket-handshake";

/** The result, or undefined after a refusal with a status of the client's errors. */
function resultOf<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    expect(error).toBeInstanceOf(WebError);
    expect(String((error as WebError).status)).toMatch(/^4\d\d$/);
    return undefined;
  }
}

const HOST = "camera.local";
/** Bytes that a head may have: a target has no spaces and control characters. */
const characters = (from: number): fc.Arbitrary<string> =>
  fc.array(fc.integer({ min: from, max: 0xff }), { maxLength: 40 }).map((codes) => String.fromCharCode(...codes));
const target = fc.oneof(
  characters(0x21),
  fc
    .tuple(fc.constantFrom("/", "/x?", "http://", `http://${HOST}`, "*"), characters(0x21))
    .map((parts) => parts.join("")),
  fc
    .array(fc.constantFrom("/", "?", "&", "=", "%", "+", "%4", "%C3", "%A4", "%00", "a", "http://"), { maxLength: 12 })
    .map((parts) => parts.join("")),
);

test("any target is a path with parameters, or refused", () => {
  fc.assert(
    fc.property(target, fc.option(fc.constantFrom(HOST, "CAMERA.local", "other"), { nil: undefined }), (text, host) => {
      const read = resultOf(() => parseTarget(text, host));
      if (!read) return;
      expect(read.path).not.toContain("?");
      for (const pair of read.parameters) expect(pair.every((part) => typeof part === "string")).toBe(true);
    }),
    { numRuns: 1_000 },
  );
});

function inRange(spec: QuerySpec, value: unknown): boolean {
  if (spec.type === "choice") return (spec.values as readonly unknown[]).includes(value);
  return (
    typeof value === "number" &&
    value >= spec.min &&
    value <= spec.max &&
    (spec.type === "number" || Number.isInteger(value))
  );
}

const queries = Object.values<RouteSpec>(ROUTES).flatMap(({ query }) => (query ? [query] : []));

test("a query of any route has only values in their range, or is refused", () => {
  const value = fc.oneof(
    fc.constantFrom(
      "",
      "0",
      "-0",
      "1",
      "1.5",
      "1e3",
      "0x10",
      " 1",
      "+1",
      "Infinity",
      "NaN",
      "65535",
      "65536",
      "iron",
      "max",
    ),
    fc.double().map(String),
    fc.integer().map(String),
    fc.string(),
  );
  const query = fc
    .constantFrom(...queries)
    .chain((specs) =>
      fc.tuple(
        fc.constant(specs),
        fc.array(fc.tuple(fc.constantFrom(...Object.keys(specs), "other", "__proto__"), value), { maxLength: 4 }),
      ),
    );
  fc.assert(
    fc.property(query, ([specs, parameters]) => {
      const values = resultOf(() => checkQuery(specs, parameters));
      for (const [name, checked] of Object.entries(values ?? {})) {
        const spec = specs[name];
        if (!spec) throw new Error(`${name} is not in the route's table`);
        if (checked !== spec.default) expect([name, checked, inRange(spec, checked)]).toEqual([name, checked, true]);
      }
    }),
    { numRuns: 1_000 },
  );
});

test("any handshake is complete, or refused", () => {
  const valid = {
    upgrade: "websocket",
    connection: "Upgrade",
    "sec-websocket-version": "13",
    "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
    "sec-websocket-protocol": "tcam.2",
  };
  const names = Object.keys(valid) as (keyof typeof valid)[];
  const value = fc.option(fc.oneof(characters(0x20), fc.constantFrom(...Object.values(valid))), { nil: undefined });
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom(...names), value, { maxKeys: 2 }), (changes) => {
      const fields: Record<string, string | undefined> = { ...valid, ...changes };
      const handshake = resultOf(() => readHandshake({ field: (name) => fields[name] }));
      if (!handshake) return;
      expect(handshake.key).toMatch(/^[A-Za-z0-9+/]{22}==$/);
      expect(handshake.protocol).toBe(handshake.version === 2 ? "tcam.2" : undefined);
    }),
    { numRuns: 500 },
  );
});
