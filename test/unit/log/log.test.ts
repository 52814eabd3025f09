// SPDX-License-Identifier: Apache-2.0
import { createLog } from "modules/log/log";

function logged(text: string): string[] {
  const lines: string[] = [];
  createLog(
    "network",
    () => 12.7,
    (line) => lines.push(line),
  ).info(text);
  return lines;
}

test("a line has level, milliseconds since start, part and text", () => {
  expect(logged('access point "Küche" is up')).toEqual(['I (12) network: access point "Küche" is up\n']);
});

test("a name with line ends or other control characters makes no line of its own", () => {
  expect(logged("a\nE (1) main: made up\r\x1b[31m\x7f")).toEqual(["I (12) network: a?E (1) main: made up??[31m?\n"]);
});
