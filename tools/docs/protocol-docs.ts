// SPDX-License-Identifier: Apache-2.0

/**
 * Writes docs/protocol.md from its prose (docs/protocol.in.md), the command table, and exchanges with a running camera
 * (docs/exchanges.json, made by tools/docs/capture-exchanges.ts).
 *
 *   tsx tools/docs/protocol-docs.ts [--check]
 *
 * With --check it writes nothing, and fails if the page or an exchange is out of date.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe } from "../../modules/protocol/arguments";
import { COMMAND_BYTES, NESTING_LIMIT, VALUES_LIMIT } from "../../modules/protocol/framing";
import { QUEUE_COMMANDS } from "../../modules/server/limits";
import { TABLE, UNSUPPORTED, type AnswerKind, type ArgumentSpec, type CommandSpec } from "../../modules/protocol/table";
import { commandOf, ERRORS, type Exchange, type Exchanges } from "./exchanges";
import { docs, makePage, writePage } from "./made-page";

const NOTE =
  "Made by tools/docs/protocol-docs.ts from protocol.in.md, the command table and exchanges.json: change those.";
const EXCHANGES = join(docs, "exchanges.json");

const ANSWERS: Record<AnswerKind, string> = {
  ack: "`cam_info` 1, or 0 when it failed.",
  status: "`status`.",
  config: "`config`.",
  wifi: "`wifi`.",
  cci_reg: "`cci_reg`, or `cam_info` 0.",
  image: "an image (over the hardware interface `image_ready`), or `cam_info` 0. No `cam_info` besides.",
  none: "none if accepted: the next `get_fw` or a `cam_info` 6 follows. `cam_info` 0 if an argument is bad.",
};

function argumentRow(name: string, spec: ArgumentSpec): string {
  const values = spec.type === "text" && spec.orEmpty ? `${describe(spec)}, or empty` : describe(spec);
  const range = spec.type === "integer" && spec.clamp ? `${values}, brought into ${spec.min}–${spec.max}` : values;
  const presence =
    spec.type === "integer" && spec.default !== undefined ? `${spec.default}` : spec.required ? "required" : "optional";
  return `| \`${name}\` | ${range} | ${presence} | ${spec.about} |`;
}

/** An exchange as a code block: `>` to the camera, `<` from it. */
function exchangeBlock(exchange: Exchange): string {
  const lines = [`> ${exchange.sent}`, ...exchange.received.map((message) => `< ${message}`)];
  return ["```text", ...lines, "```"].join("\n");
}

function commandSection(name: string, spec: CommandSpec, exchange: Exchange | undefined): string {
  const parts = [`### ${name}`, spec.about];
  if (spec.aliases) parts.push(`Also called ${spec.aliases.map((alias) => `\`${alias}\``).join(", ")}.`);
  const rows = Object.entries(spec.args ?? {}).map(([argument, argumentSpec]) => argumentRow(argument, argumentSpec));
  if (rows.length > 0)
    parts.push(["| argument | values | default | |", "| --- | --- | --- | --- |", ...rows].join("\n"));
  const rules = (spec.rules ?? []).map(({ text }) => text);
  if (spec.some) rules.unshift("at least one argument must be given");
  if (rules.length > 0) parts.push(rules.map((rule) => `- ${rule}`).join("\n"));
  parts.push(`Answer: ${ANSWERS[spec.answer]}`);
  if (exchange) parts.push(exchangeBlock(exchange));
  return parts.join("\n\n");
}

/** Problems of the exchanges, one line each: missing ones, and ones that differ from the command table. */
function staleExchanges(exchanges: Exchanges): string[] {
  const problems: string[] = [];
  for (const [name, spec] of Object.entries<CommandSpec>(TABLE)) {
    const exchange = exchanges.commands[name];
    if (!exchange) problems.push(`${name}: no exchange`);
    else if (exchange.sent !== commandOf(name, spec)) problems.push(`${name}: the example has changed`);
    else if (!exchange.received.every((message, i) => i > 0 || answers(spec.answer, message)))
      problems.push(`${name}: answered by ${exchange.received[0]}`);
  }
  for (const [title, command] of Object.entries(ERRORS))
    if (exchanges.errors[title]?.sent !== command) problems.push(`${title}: no exchange, or another`);
  return problems;
}

function answers(kind: AnswerKind, message: string): boolean {
  if (kind === "ack") return message.startsWith('{"cam_info":{"info_value":1,');
  return message.startsWith(kind === "image" ? '{"metadata":' : `{"${kind}":`);
}

function valuesOf(exchanges: Exchanges): Record<string, string> {
  return {
    commandBytes: COMMAND_BYTES.toLocaleString("en"),
    nesting: String(NESTING_LIMIT),
    values: String(VALUES_LIMIT),
    queue: String(QUEUE_COMMANDS),
    unsupported: UNSUPPORTED.map((name) => `\`${name}\``).join(", "),
    errors: Object.values(exchanges.errors).map(exchangeBlock).join("\n\n"),
    commands: Object.entries<CommandSpec>(TABLE)
      .map(([name, spec]) => commandSection(name, spec, exchanges.commands[name]))
      .join("\n\n"),
  };
}

function main(check: boolean): number {
  const exchanges: Exchanges = existsSync(EXCHANGES)
    ? (JSON.parse(readFileSync(EXCHANGES, "utf8")) as Exchanges)
    : { commands: {}, errors: {} };
  const page = makePage("protocol", NOTE, valuesOf(exchanges));
  const problems = staleExchanges(exchanges);
  if (!writePage("protocol", page, check)) problems.unshift("docs/protocol.md is stale");
  for (const problem of problems) console.error(problem);
  if (problems.length > 0)
    console.error("Run tools/docs/capture-exchanges.ts against a camera, and tools/docs/protocol-docs.ts after it.");
  return problems.length > 0 ? 1 : 0;
}

process.exitCode = main(process.argv.includes("--check"));
