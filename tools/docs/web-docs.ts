// SPDX-License-Identifier: Apache-2.0

/**
 * Writes docs/web-api.md from its prose (docs/web-api.in.md), the route table, and the limits of the web server and of
 * its reader of request heads (modules/web/native/http-head.h).
 *
 *   tsx tools/docs/web-docs.ts [--check]
 *
 * With --check it writes nothing, and fails if the page is out of date.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as limits from "../../modules/web/limits";
import { type QuerySpec, type RouteName, ROUTES, type RouteSpec } from "../../modules/web/routes";
import { describeQuery } from "../../modules/web/target";
import { FIELD_TEXTS, QUERY_TEXTS, type QueryName, ROUTE_TEXTS } from "../web-api/texts";
import { makePage, writePage } from "./made-page";

const NOTE = "Made by tools/docs/web-docs.ts from web-api.in.md and the route table: change those.";

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`);
  return lines.join("\n").replaceAll("|  |", "| |");
}

/** Lines of prose are shorter than this. */
const LINE_LIMIT = 120;

function wrapped(text: string): string {
  let line = 0;
  return text
    .split(" ")
    .map((word, i) => {
      const fits = line + 1 + word.length < LINE_LIMIT;
      line = i > 0 && fits ? line + 1 + word.length : word.length;
      return i === 0 ? word : `${fits ? " " : "\n"}${word}`;
    })
    .join("");
}

function queryRow([name, spec]: [string, QuerySpec]): string[] {
  return [
    `\`${name}\``,
    describeQuery(spec),
    spec.default === undefined ? "" : `\`${spec.default}\``,
    QUERY_TEXTS[name as QueryName],
  ];
}

function section([name, route]: [string, RouteSpec]): string {
  const { method, path, aliases = [], rights, query = {}, body, answer, place } = route;
  const facts = [
    `Class ${rights}.`,
    ...(body ? [`Body: \`${body.type}\`, ${bytes(body.max)} at most.`] : []),
    place === "websocket" ? "Answer: 101." : `Answer: \`${answer}\`.`,
    ...(place ? [`${limits.PLACES[place]} at a time; a further one is 503.`] : []),
    ...(aliases.length > 0 ? [`Also ${aliases.map((alias) => `\`${alias}\``).join(", ")}.`] : []),
  ];
  const rows = Object.entries(query).map(queryRow);
  const field = FIELD_TEXTS[name as RouteName];
  return [
    `### ${method} ${path}`,
    wrapped(ROUTE_TEXTS[name as RouteName]),
    wrapped(facts.join(" ")),
    ...(field ? [wrapped(`Header field \`${field.name}\`: ${field.text}`)] : []),
    ...(rows.length > 0 ? [table(["query", "values", "default", ""], rows)] : []),
  ].join("\n\n");
}

function bytes(count: number): string {
  return count === 0xffffffff ? "the size of the flash slot" : `${count.toLocaleString("en")} bytes`;
}

/** A limit of the reader of request heads. */
function headLimit(name: string): number {
  const header = readFileSync(join(__dirname, "../../modules/web/native/http-head.h"), "utf8");
  const [, value] = new RegExp(`\\b${name} = (\\d+),`).exec(header) ?? [];
  if (value === undefined) throw new Error(`http-head.h has no ${name}`);
  return Number(value);
}

const seconds = (ms: number): string => `${ms / 1_000} s`;

function limitRows(): string[][] {
  const { websocket, stream } = limits.PLACES;
  return [
    ["connections", `${limits.CONNECTIONS}, of them ${websocket} WebSockets and ${stream} streams; then 503`],
    ["request line", `${bytes(headLimit("kHttpLineMaximum"))}; 414`],
    ["header fields", `${headLimit("kHttpFieldsMaximum")} of ${bytes(headLimit("kHttpHeaderMaximum"))} together; 431`],
    ["JSON body", `${bytes(limits.JSON_BYTES)}; 413`],
    ["from the first byte of a head to its end", `${seconds(limits.HEAD_MS)}; 408`],
    ["without progress of a body", `${seconds(limits.BODY_MS)}; 408`],
    ["until a client has taken an answer", seconds(limits.ANSWER_MS)],
    [
      "between requests",
      `${seconds(limits.IDLE_MS)}; ${seconds(limits.CROWDED_IDLE_MS)} with fewer than ${limits.FREE_PLACES} free places`,
    ],
    ["requests of a connection", `${limits.REQUESTS}`],
  ];
}

function main(check: boolean): number {
  const page = makePage("web-api", NOTE, {
    routes: Object.entries<RouteSpec>(ROUTES).map(section).join("\n\n"),
    limits: table(["what", "limit"], limitRows()),
  });
  if (writePage("web-api", page, check)) return 0;
  console.error("docs/web-api.md is stale: run tools/docs/web-docs.ts");
  return 1;
}

process.exitCode = main(process.argv.includes("--check"));
