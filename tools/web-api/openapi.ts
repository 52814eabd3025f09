// SPDX-License-Identifier: Apache-2.0
/** Describes the route table as an OpenAPI 3.1 document. */
import { type QuerySpec, type RouteName, type RouteSpec, ROUTES } from "../../modules/web/routes";
import { ANSWERS, ERROR, REQUESTS, type Schema } from "./schemas";
import { FIELD_TEXTS, QUERY_TEXTS, type QueryName, ROUTE_TEXTS } from "./texts";

const RIGHTS = "x-rights";

export function openApi(version: string): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const [name, route] of Object.entries<RouteSpec>(ROUTES))
    for (const path of [route.path, ...(route.aliases ?? [])])
      paths[path] = {
        ...paths[path],
        [route.method.toLowerCase()]: operation(name as RouteName, route, path !== route.path),
      };
  const components = {
    responses: {
      Error: { description: "Refused or failed", content: content("application/json", ERROR) },
    },
  };
  return { openapi: "3.1.0", info: { title: "tCam-Mini", version }, paths, components };
}

function operation(name: RouteName, route: RouteSpec, alias: boolean): object {
  const { rights, query = {}, body, answer, place } = route;
  const parameters = Object.entries(query).map(([field, spec]) => ({
    name: field,
    in: "query",
    description: QUERY_TEXTS[field as QueryName],
    schema: schema(spec),
  }));
  return {
    ...(!alias && { operationId: name }),
    summary: ROUTE_TEXTS[name],
    [RIGHTS]: rights,
    ...(parameters.length > 0 && { parameters }),
    ...(body && { requestBody: { required: true, content: content(body.type, REQUESTS[name]) } }),
    responses: {
      ...(place === "websocket"
        ? { 101: { description: "WebSocket" } }
        : { 200: { description: "OK", ...headers(name), content: content(answer, ANSWERS[name]) } }),
      default: { $ref: "#/components/responses/Error" },
    },
  };
}

function headers(name: RouteName): object {
  const field = FIELD_TEXTS[name];
  if (!field) return {};
  const { text: description, schema, required } = field;
  return { headers: { [field.name]: { description, ...(required && { required }), schema } } };
}

function content(type: string, schema: Schema | undefined): object {
  return { [type]: { ...(schema && { schema }) } };
}

function schema(spec: QuerySpec): object {
  if (spec.type === "choice") return { type: "string", enum: spec.values, default: spec.default };
  return {
    type: spec.type,
    minimum: spec.min,
    maximum: spec.max,
    ...(spec.default !== undefined && { default: spec.default }),
  };
}
