// SPDX-License-Identifier: Apache-2.0

/** Runs small module trees on the engine runner, with its own modules and nothing of the firmware. */
import { execFileSync, spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { firmwareRoot, runnerProgram, moduleMap } from "../../../tools/build";
import type { Variant } from "../../../tools/build";

export const variant = (process.env.TCAM_HOST_VARIANT ?? "release") as Variant;

export interface Ended {
  status: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
  /** stdout without its last newline, as lines. */
  lines: string[];
}

export interface Options {
  /** Options for the runner, before the module. */
  arguments?: readonly string[];
  /** Called with all of stdout so far, whenever there is more. */
  onOutput?: (text: string, child: ChildProcess) => void;
  /** The same for stderr. */
  onErrors?: (text: string, child: ChildProcess) => void;
}

const folders: string[] = [];

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "tcam-host-"));
  folders.push(path);
  return path;
}

const running = new Set<ChildProcess>();

// A test that gave up leaves nothing behind.
afterEach(() => running.forEach((child) => child.kill("SIGKILL")));
afterAll(() => folders.splice(0).forEach((path) => rmSync(path, { recursive: true, force: true })));

/** Runs `main` among `files` (path: text; a text alone is main.js) until it ends. */
export function run(files: string | Record<string, string>, options: Options = {}): Promise<Ended> {
  const root = folder();
  for (const [name, text] of Object.entries(typeof files === "string" ? { "main.js": files } : files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  }
  symlinkSync(join(firmwareRoot, "platforms"), join(root, "platforms"));
  const settings = ["--root", root, "--map", moduleMap, ...(options.arguments ?? []), "main"];
  return new Promise((resolve, reject) => {
    const child = spawn(runnerProgram(variant), settings, { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
    running.add(child);
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
      options.onOutput?.(stdout, child);
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
      options.onErrors?.(stderr, child);
    });
    child.once("error", reject);
    child.once("close", (status, signal) => {
      running.delete(child);
      resolve({ status, signal, stdout, stderr, lines: stdout.trimEnd().split("\n") });
    });
  });
}

/** Compiles native/probe.c as the runner's own natives are, and returns the option that loads it. */
export function probe(): string[] {
  const library = join(folder(), "probe.so");
  const flags = readFileSync(join(dirname(runnerProgram(variant)), "generated/project-flags"), "utf8").trim();
  const source = join(__dirname, "native/probe.c");
  execFileSync("sh", ["-c", `${flags} -std=gnu11 -D_GNU_SOURCE -fPIC -shared "${source}" -o "${library}"`], {
    cwd: dirname(dirname(dirname(__dirname))),
    stdio: ["ignore", "inherit", "inherit"],
  });
  return ["--library", library];
}
