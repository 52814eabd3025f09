// SPDX-License-Identifier: Apache-2.0
import { WebError, type WebRequest } from "./exchange";
import { checkHost, checkOrigin } from "./guard";
import type { HttpHead } from "./http-head";
import { ROUTES, type RouteName, type RouteSpec } from "./routes";
import { checkQuery, parseTarget } from "./target";

/** A request that its route accepts. */
export interface Admitted {
  readonly name: RouteName;
  readonly route: RouteSpec;
  readonly method: WebRequest["method"];
  readonly path: string;
  readonly length: number;
  readonly query: Readonly<Record<string, string | number>>;
}

const EVERYTHING = "GET, HEAD, POST, PUT, OPTIONS";
/** Media types that HTML forms can send, without a question of the browser before. */
const FORM_TYPES: readonly string[] = Object.freeze([
  "application/x-www-form-urlencoded",
  "multipart/form-data",
  "text/plain",
]);

/** Finds the route of a request, and refuses what the route does not accept. */
export class Router {
  private readonly paths = new Map<string, readonly RouteName[]>();

  constructor() {
    for (const [key, route] of Object.entries<RouteSpec>(ROUTES)) {
      const name = key as RouteName;
      for (const path of [route.path, ...(route.aliases ?? [])])
        this.paths.set(path, [...(this.paths.get(path) ?? []), name]);
    }
  }

  /**
   * @param names of the camera, in lower case
   * @returns undefined for OPTIONS, with the answer in `allow`
   * @throws WebError
   */
  admit(head: HttpHead, names: readonly string[]): Admitted | { readonly allow: string } {
    const host = head.field("host");
    checkHost(host, names);
    const { path, parameters } = parseTarget(head.target, host);
    const { method } = head;
    const found = this.paths.get(path);
    if (method === "OPTIONS" && path === "*") return { allow: EVERYTHING };
    if (!found) throw new WebError(404, "there is nothing at this path");
    if (method === "OPTIONS") return { allow: allowed(found) };
    const name = found.find((candidate) => accepts(ROUTES[candidate], method));
    if (!name || method === "other")
      throw new WebError(405, `this path takes ${allowed(found)}`, { Allow: allowed(found) });
    const route: RouteSpec = ROUTES[name];
    if (route.method !== "GET" || route.sameOrigin) checkOrigin(head);
    const length = checkBody(head, route);
    return { name, route, method, path, length, query: checkQuery(route.query ?? {}, parameters) };
  }
}

/** HEAD of a long-lived answer would never end. */
const accepts = (route: RouteSpec, method: string): boolean =>
  route.method === method || (method === "HEAD" && route.method === "GET" && !route.place);

const allowed = (names: readonly RouteName[]): string => {
  const methods = ["GET", "HEAD", "POST", "PUT"].filter((method) =>
    names.some((name) => accepts(ROUTES[name], method)),
  );
  return [...methods, "OPTIONS"].join(", ");
};

/** @returns length of the body in bytes */
const checkBody = (head: HttpHead, { body }: RouteSpec): number => {
  const { length } = head;
  if (body && length === undefined) throw new WebError(411, "Content-Length is missing");
  const max = body?.max ?? 0;
  if (length !== undefined && length > max) throw new WebError(413, `the body must be ${max} bytes at most`);
  const expect = head.field("expect");
  if (expect !== undefined && expect.toLowerCase() !== "100-continue")
    throw new WebError(417, "the only known expectation is 100-continue");
  if (body) checkType(head.field("content-type"), body.type);
  return length ?? 0;
};

const checkType = (field: string | undefined, expected: string): void => {
  const given = field?.split(";")[0]?.trim().toLowerCase();
  const right =
    expected === "application/json" ? given === expected : given === undefined || !FORM_TYPES.includes(given);
  if (!right) throw new WebError(415, `Content-Type must be ${expected}`);
};
