// SPDX-License-Identifier: Apache-2.0
import { HISTORY_LENGTH, LogHistory } from "modules/log/history";

test("lines are read from a position on", () => {
  const history = new LogHistory();
  expect(history.read(0)).toEqual({ text: "", next: 0 });
  for (const line of ["a\n", "b\n", "c\n"]) history.add(line);
  expect(history.read(0)).toEqual({ text: "a\nb\nc\n", next: 3 });
  expect(history.read(2)).toEqual({ text: "c\n", next: 3 });
  expect(history.read(99)).toEqual({ text: "", next: 3 });
});

test("the oldest lines make room for the newest", () => {
  const history = new LogHistory();
  const line = (i: number): string => `${String(i).padStart(99, "0")}\n`;
  for (let i = 0; i < 1_000; i++) history.add(line(i));
  const { text, next } = history.read(0);
  expect(text.length).toBeLessThanOrEqual(HISTORY_LENGTH);
  expect(text.length).toBeGreaterThan(HISTORY_LENGTH - 100);
  expect(text.endsWith(line(999))).toBe(true);
  expect(next).toBe(1_000);
  expect(history.read(998).text).toBe(line(998) + line(999));
});
