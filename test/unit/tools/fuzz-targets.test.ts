// SPDX-License-Identifier: Apache-2.0
import { targets } from "../../../tools/fuzz-targets";

const target = (name: string) => {
  const [one] = targets([name]);
  if (!one) throw new Error(`no target ${name}`);
  return one;
};

test("a failure of a fuzzer on XS is repeated with its seed and number of messages", () => {
  const fuzzer = target("protocol-fuzz");
  const output = "seed 7\nmessages 4250, answers 4000, sessions 9\nheap before: 1\nError: the heap has grown\n";
  expect(fuzzer.repetition(output, { seconds: 10, seed: 7 })).toBe(
    "npm run fuzz -- --seed 7 --runs 4250 protocol-fuzz",
  );
  expect(fuzzer.command({ runs: 4250, seed: 7 })).toEqual(expect.arrayContaining(["seed=7", "messages=4250"]));
});

test("a failure of a fuzzer on XS before its end is repeated with its seed and more time", () => {
  const output = "seed 7\nError: the last command is not answered\n";
  expect(target("protocol-fuzz").repetition(output, { seconds: 10, seed: 7 })).toBe(
    "npm run fuzz -- --seed 7 --seconds 20 protocol-fuzz",
  );
});

test("a failure of a native fuzzer is repeated with its input", () => {
  const output =
    "ERROR: AddressSanitizer\nartifact_prefix='x'; Test unit written to build/fuzz-findings/reader-crash-ab\n";
  expect(target("reader").repetition(output, { seconds: 10, seed: 7 })).toBe(
    "build/fuzz-native/reader build/fuzz-findings/reader-crash-ab",
  );
});

test("the number of executions limits a native fuzzer", () => {
  const { command, executions } = target("reader");
  expect(command({ runs: 5_000, seed: 1 })).toContain("-runs=5000");
  expect(executions("stat::number_of_executed_units: 5000\nstat::peak_rss_mb: 40\n")).toBe(5_000);
});
