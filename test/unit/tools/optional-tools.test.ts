// SPDX-License-Identifier: Apache-2.0
/** A missing or incomplete tool: only its tests are skipped, with a reason. */
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromiumProgram, isRequired, missing, tools } from "../../../tools/optional-tools";
import { readNative } from "../../../tools/test-results";

const ROOT = join(__dirname, "../../..");

let folder: string;
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), "tcam-tools-"))));
afterAll(() => rmSync(folder, { recursive: true }));

/** Writes a compiler that fails when its arguments contain `option` followed by `where`. */
function compiler(option: string, complaint: string, where = ""): string {
  const path = join(folder, `cc${option}`);
  const condition = `case " $* " in *" ${option}"*${where}*) echo "${complaint}" >&2; exit 1;; esac`;
  writeFileSync(path, `#!/bin/sh\n${condition}\nexec cc "$@"\n`);
  chmodSync(path, 0o755);
  return path;
}

function make(CC: string, goal: string, environment: NodeJS.ProcessEnv = {}): ReturnType<typeof readNative> {
  const { stdout, status } = spawnSync("make", ["-s", "-C", "test/native", goal], {
    cwd: ROOT,
    encoding: "utf8",
    env: { ...process.env, CI: "", CC, ...environment },
  });
  return readNative(stdout, status);
}

test("libc6-dev-i386 without gcc-multilib: only the compilation at 32 bits is skipped", () => {
  // A program with only stdio.h compiles in this state.
  const CC = compiler("-m32", "errno.h:1:10: fatal error: asm/errno.h: No such file or directory", "errno.h");
  const { passed, failed, skipped } = make(CC, "idf");
  expect(failed).toBe(0);
  expect(passed).toBeGreaterThan(10);
  expect(skipped).toEqual([
    {
      part: "native",
      file: "idf",
      test: "ESP32 natives at the width of the chip's types",
      reason: "errno.h:1:10: fatal error: asm/errno.h: No such file or directory (Debian: gcc-multilib)",
    },
  ]);
});

test("with CI set a missing tool is a failure", () => {
  const CC = compiler("-m32", "cannot find -latomic");
  expect(make(CC, "idf", { CI: "true" })).toEqual({ passed: 0, failed: 1, skipped: [] });
});

test("without sanitizers the tests run without them", () => {
  const CC = compiler("-fsanitize", "cannot find -lasan");
  const { passed, failed, skipped } = make(CC, "esp32");
  expect([failed, skipped.map(({ file, reason }) => [file, reason])]).toEqual([
    0,
    [["esp32", "cannot find -lasan (Debian: gcc)"]],
  ]);
  expect(passed).toBeGreaterThan(10);
});

test("with CI set a tool is required if Debian has it", () => {
  const { CI } = process.env;
  try {
    process.env["CI"] = "true";
    expect([isRequired("moddable"), isRequired("m32")]).toEqual([false, true]);
    delete process.env["CI"];
    expect(isRequired("m32")).toBe(false);
  } finally {
    if (CI !== undefined) process.env["CI"] = CI;
  }
});

/** Calls `check` with this file's folder as the only one in which programs are searched. */
function withPath(check: () => void): void {
  const { PATH } = process.env;
  try {
    process.env["PATH"] = folder;
    check();
  } finally {
    process.env["PATH"] = PATH;
  }
}

test("a tool that cannot be found is missing, with its packages", () => {
  withPath(() => expect(missing("chromium")).toBe("no chromium-headless-shell (Debian: chromium-headless-shell)"));
});

test("Chromium's headless shell is preferred to the desktop's browser; a folder of that name is neither", () => {
  const [shell, desktop] = [join(folder, "chromium-headless-shell"), join(folder, "chromium")];
  withPath(() => {
    mkdirSync(shell);
    writeFileSync(desktop, "", { mode: 0o755 });
    expect(chromiumProgram()).toBe(desktop);
    rmdirSync(shell);
    writeFileSync(shell, "", { mode: 0o755 });
    expect(chromiumProgram()).toBe(shell);
  });
});

test("the README's table has each tool, with its packages", () => {
  const readme = readFileSync(join(ROOT, "README.md"), "utf8");
  const table = /^\| tool +\|.*\n\|.*\n((?:\|.*\n)+)/m.exec(readme)?.[1] ?? "";
  const rows = table
    .trim()
    .split("\n")
    .map((row) => row.split("|").map((cell) => cell.trim()));
  expect(rows.map(([, title, , packages]) => [title, packages])).toEqual(
    Object.values(tools).map(({ title, packages }) => [title, packages.join(", ")]),
  );
});
