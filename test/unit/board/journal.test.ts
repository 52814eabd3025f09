// SPDX-License-Identifier: Apache-2.0
import { formatLine, Journal, type LogLine } from "../../../simulator/board/journal";

test("control characters are escaped in a printed line and kept in the journal", () => {
  const journal = new Journal(() => 0, () => Date.UTC(2026, 0, 1)); // prettier-ignore
  const text = 'access point "\x1b]0;owned\x07\x9b31m\u202e" is up\t';
  journal.firmware(`I (12) network: ${text}`);
  const [line] = journal.since();
  expect(line?.text).toBe(text);
  expect(formatLine(line as LogLine)).toMatch(
    /^\d\d:\d\d:\d\d\.\d{3} I network: access point "\\u001b\]0;owned\\u0007\\u009b31m\\u202e" is up\\u0009$/,
  );
});
