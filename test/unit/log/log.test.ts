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

test("line ends and other control characters are escaped: no second line, no colours", () => {
  expect(logged("a\nE (1) main: made up\r\x1b[31m\x9b2J")).toEqual([
    "I (12) network: a\\u000aE (1) main: made up\\u000d\\u001b[31m\\u009b2J\n",
  ]);
});

test("bidirectional controls are escaped", () => {
  expect(logged('joining "a\u202eb"')).toEqual(['I (12) network: joining "a\\u202eb"\n']);
});

test("a log for another part escapes too", () => {
  const lines: string[] = [];
  const log = createLog(
    "main",
    () => 0,
    (line) => lines.push(line),
  ).part("network");
  for (const level of ["error", "warn", "info", "debug"] as const) log[level]("\x07");
  expect(lines).toEqual(["E", "W", "I", "D"].map((level) => `${level} (0) network: \\u0007\n`));
});
