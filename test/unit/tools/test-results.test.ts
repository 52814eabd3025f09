// SPDX-License-Identifier: Apache-2.0
import { nothingRan, type JestReport, readJest, readNative, selection, type Skip } from "../../../tools/test-results";

const file = "test/device/a.test.ts";
const skip = (test: string): Skip => ({ part: "device", file, test, reason: "no tool" });

const report = (...tests: [title: string, status: string][]): JestReport => ({
  numRuntimeErrorTestSuites: 0,
  testResults: [
    {
      name: `/root/${file}`,
      assertionResults: tests.map(([title, status]) => ({ title, fullName: `group ${title}`, status })),
    },
  ],
});

test("results of native programs are added, and skipped tests are named", () => {
  const output = [
    "skipped: idf: ESP32 natives at 32 bits: /usr/include/x.h:1:10: fatal error: asm/errno.h (Debian: gcc-multilib)",
    "idf: 15 passed, 0 failed",
    "ok a test that prints: 3 passed, 1 failed",
    "82 passed, 1 failed",
  ].join("\n");
  expect(readNative(output, 2)).toEqual({
    passed: 97,
    failed: 1,
    skipped: [
      {
        part: "native",
        file: "idf",
        test: "ESP32 natives at 32 bits",
        reason: "/usr/include/x.h:1:10: fatal error: asm/errno.h (Debian: gcc-multilib)",
      },
    ],
  });
});

test("an exit status other than 0 without a failed test is one failure", () => {
  expect(readNative("82 passed, 0 failed\n", 2)).toEqual({ passed: 82, failed: 1, skipped: [] });
});

test("jest's tests are counted, each skipped one with its reason", () => {
  const reasons = new Map([["b", "no chromium"]]);
  const tests = report(["a", "passed"], ["b", "pending"], ["c", "failed"], ["d", "pending"]);
  expect(readJest({ ...tests, numRuntimeErrorTestSuites: 1 }, "/root", reasons)).toEqual({
    passed: 1,
    failed: 2,
    skipped: [
      { part: "device", file, test: "group b", reason: "no chromium" },
      { part: "device", file, test: "group d", reason: "no reason given" },
    ],
    absent: [],
  });
});

test("with a selection other tests are not counted, and an absent test counts as failed", () => {
  const only = [skip("group b"), skip("group e")];
  const tests = report(["a", "pending"], ["b of many", "passed"], ["b", "passed"]);
  expect(readJest(tests, "/root", new Map(), only)).toEqual({
    passed: 2,
    failed: 1,
    skipped: [],
    absent: [skip("group e")],
  });
});

test("a selection escapes special characters in files and names", () => {
  const [, names = "", , ...files] = selection([skip("GET /a?b=1 (all)"), skip("c")]);
  expect(files).toEqual(["test\\/device\\/a\\.test\\.ts$"]);
  const pattern = new RegExp(names);
  for (const name of ["GET /a?b=1 (all)", "c", "c and more"]) expect(name).toMatch(pattern);
  for (const name of ["GET /ab=1 all", "not c"]) expect(name).not.toMatch(pattern);
});

test("arguments that select no test are named, with what may be given", () => {
  const none = { passed: 0, failed: 0, skipped: [] };
  expect(nothingRan(none, ["wrong/path"])).toMatch(/^No test matches wrong\/path: name a file or folder/);
  expect(nothingRan({ ...none, passed: 1 }, ["test/unit"])).toBeUndefined();
  expect(nothingRan({ ...none, failed: 1 }, ["test/unit"])).toBeUndefined();
});
