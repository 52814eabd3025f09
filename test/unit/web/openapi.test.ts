// SPDX-License-Identifier: Apache-2.0
/** tools/web-api/openapi.ts makes openapi.json from the route table. */
import { type RouteSpec, ROUTES } from "../../../modules/web/routes";
import { openApi } from "../../../tools/web-api/openapi";
import { ANSWERS, REQUESTS } from "../../../tools/web-api/schemas";
import { FIELD_TEXTS, QUERY_TEXTS, ROUTE_TEXTS } from "../../../tools/web-api/texts";

const { info, paths } = openApi("4.0") as { info: object; paths: Record<string, Record<string, object>> };
const routes = Object.entries<RouteSpec>(ROUTES);

test("it has every route and its aliases, with text and class of rights", () => {
  expect(info).toEqual({ title: "tCam-Mini", version: "4.0" });
  for (const [name, { method, path, aliases = [], rights }] of routes)
    for (const each of [path, ...aliases])
      expect(paths[each]?.[method.toLowerCase()]).toMatchObject({
        ...(each === path && { operationId: name }),
        summary: ROUTE_TEXTS[name as keyof typeof ROUTES],
        "x-rights": rights,
      });
});

test("a query has its name, text and values", () => {
  expect(paths["/api/v1/log"]?.["get"]).toMatchObject({
    parameters: [
      {
        name: "since",
        in: "query",
        description: QUERY_TEXTS.since,
        schema: { type: "integer", minimum: 0, default: 0 },
      },
    ],
  });
  expect(paths["/snapshot.png"]?.["get"]).toMatchObject({
    parameters: expect.arrayContaining([
      {
        name: "palette",
        in: "query",
        description: QUERY_TEXTS.palette,
        schema: { type: "string", enum: ROUTES.snapshotPng.query.palette.values, default: "iron" },
      },
    ]),
  });
});

test("each JSON body has a schema, and no other body", () => {
  const named = (wanted: (route: RouteSpec) => boolean): string[] =>
    routes.filter(([, route]) => wanted(route)).map(([name]) => name);
  expect(Object.keys(ANSWERS).sort()).toEqual(named(({ answer }) => answer === "application/json").sort());
  expect(Object.keys(REQUESTS).sort()).toEqual(named(({ body }) => body?.type === "application/json").sort());
  expect(paths["/api/v1/config"]?.["put"]).toMatchObject({
    requestBody: {
      content: {
        "application/json": {
          schema: { properties: { emissivity: { type: "integer", minimum: 1, maximum: 100 } }, minProperties: 1 },
        },
      },
    },
    responses: { 200: { content: { "application/json": { schema: ANSWERS.setConfig } } } },
  });
});

test("an answer has its own header field, with text and values", () => {
  expect(paths["/api/v1/log"]?.["get"]).toMatchObject({
    responses: {
      200: {
        headers: { "X-Log-Next": { description: FIELD_TEXTS.log?.text, required: true, schema: { type: "integer" } } },
      },
    },
  });
});

test("no text describes a route or a query that does not exist", () => {
  expect(Object.keys(ROUTE_TEXTS).sort()).toEqual(Object.keys(ROUTES).sort());
  const names = new Set(routes.flatMap(([, { query = {} }]) => Object.keys(query)));
  expect(Object.keys(QUERY_TEXTS).sort()).toEqual([...names].sort());
});
