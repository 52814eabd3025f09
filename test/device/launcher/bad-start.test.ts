// SPDX-License-Identifier: Apache-2.0
/** A start that fails: one line with the reason, and exit code 1. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Launcher } from "./launcher";

let directory = "";
let server: Server;
let taken = 0;
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "tcam-bad-start-"));
  writeFileSync(join(directory, "file"), "no scene");
  server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  taken = (server.address() as AddressInfo).port;
});
afterAll(() => {
  server.close();
  rmSync(directory, { recursive: true, force: true });
});

const free = (): string[] => ["--port", "0", "--http", "0", "--control", "0", "--data", join(directory, "data")];

test.each<[string, () => string[], RegExp]>([
  ["an unknown option", () => ["--colour"], /^error: unknown option '--colour'/],
  ["an argument too many", () => ["fast"], /^error: too many arguments/],
  ["an invalid port", () => ["--port", "70000"], /^error: option '--port <number>' .* 65535\.$/],
  ["an invalid speed", () => ["--speed", "-1"], /^error: option '--speed <factor>' .* above 0/],
  ["an unknown Lepton", () => ["--lepton", "2.5"], /^error: option '--lepton <model>' .* 3\.5, 3\.0, 3\.1R\.$/],
  ["a missing scene", () => [...free(), "--scene", "sunset"], /^start: scene "sunset": there is no such file/],
  ["a file that is not a scene", () => [...free(), "--scene", join(directory, "file")], /^start: scene file: not JSON/],
  ["a port in use", () => [...free(), "--port", String(taken)], /^start: port \d+ on 127\.0\.0\.1 is taken/],
  ["a control port in use", () => [...free(), "--control", String(taken)], /^start: control API: port \d+ .* is taken/], // prettier-ignore
  ["an invalid address", () => ["--host", "localhost"], /^error: option '--host <address>' .* four numbers/],
  ["an IPv6 address", () => ["--host", "::1"], /^error: option '--host <address>' .* four numbers/],
  [
    "an address of no local interface",
    () => [...free(), "--host", "192.0.2.1"],
    /^start: 192\.0\.2\.1 is not an address/,
  ],
  ["a data folder that is a file", () => [...free(), "--data", join(directory, "file")], /^start: the data folder cannot be used: .*file: not a folder$/], // prettier-ignore
  ["a data folder that cannot be created", () => [...free(), "--data", "/proc/tcam/data"], /^start: the data folder cannot be used: \/proc\/tcam: no such file or directory$/], // prettier-ignore
  ["no data folder", () => ["--data", ""], /^error: option '--data <folder>' .* must not be empty\.$/],
  ["no firmware", () => ["--firmware", " "], /^error: option '--firmware <command>' .* must not be empty\.$/],
])("%s", async (_name, args, message) => {
  const { code, err } = await new Launcher(args()).exit;
  expect(err.trim()).toMatch(message);
  expect(err.trim().split("\n").length).toBe(1);
  expect(code).toBe(1);
});

/** A data folder with invalid content. */
function dataFolder(name: string, prepare: (folder: string) => void): string {
  const folder = join(directory, name);
  mkdirSync(join(folder, "flash"), { recursive: true });
  prepare(folder);
  return folder;
}

/** Loaded by the launcher's process first: its disk is full when it writes the file of ota_0. */
const FULL_DISK = `const fs = require("node:fs");
const write = fs.writeSync;
fs.writeSync = (fd, ...rest) => {
  if (!fs.readlinkSync("/proc/self/fd/" + fd).includes("/ota_0.bin")) return write(fd, ...rest);
  throw Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC", errno: -28 });
};`;

test.each<[string, (folder: string) => void, RegExp]>([
  [
    "a full disk",
    (folder) => writeFileSync(join(folder, "preload.cjs"), FULL_DISK),
    /^start: the data folder cannot be used: .*flash\/ota_0\.bin: no space left on device$/,
  ],
  [
    "a flash file that is a folder",
    (folder) => mkdirSync(join(folder, "flash/factory.bin")),
    /^start: the data folder cannot be used: .*flash\/factory\.bin: not a file$/,
  ],
  [
    "settings that are a folder",
    (folder) => mkdirSync(join(folder, "key-value.json")),
    /^start: the data folder cannot be used: .*key-value\.json: it is a folder$/,
  ],
  [
    "a data folder in use",
    (folder) => writeFileSync(join(folder, "lock"), lockOf(process.pid)),
    /^start: the data folder cannot be used: .* is in use by process \d+: choose another one \(--data\)$/,
  ],
])("%s", async (name, prepare, message) => {
  const data = dataFolder(name.replaceAll(" ", "-"), prepare);
  const temporary = join(directory, "temporary");
  mkdirSync(temporary, { recursive: true });
  const args = ["--port", "0", "--http", "0", "--control", "0", "--data", data];
  const preload = join(data, "preload.cjs");
  const options = existsSync(preload) ? { NODE_OPTIONS: `--require ${preload}` } : {};
  const { code, err } = await new Launcher(args, { TMPDIR: temporary, ...options }).exit;
  expect(err.trim()).toMatch(message);
  expect(err.trim().split("\n").length).toBe(1);
  expect(code).toBe(1);
  expect(readdirSync(temporary)).toEqual([]);
  expect(existsSync(join(data, "lock"))).toBe(name.includes("in use"));
});

/** The content of the lock file: the process and its start in ticks since the computer's start. */
function lockOf(pid: number): string {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").replace(/^.* \(.*\) /s, "").split(" "); // prettier-ignore
  return `${pid} ${fields[19]}\n`;
}

test("a folder for temporary files that is too long for a socket's path", async () => {
  const temporary = join(directory, "x".repeat(120));
  mkdirSync(temporary);
  const { code, err } = await new Launcher(free(), { TMPDIR: temporary }).exit;
  expect(err.trim()).toMatch(/^start: a socket would be .*, more than 107 bytes: choose another TMPDIR$/);
  expect(err.trim().split("\n").length).toBe(1);
  expect(code).toBe(1);
});

test("no compiler", async () => {
  const { code, err } = await new Launcher(free(), { CC: "/nonexistent/cc" }).exit;
  expect(err.trim()).toMatch(/^start: a C compiler is needed/);
  expect(err.trim().split("\n").length).toBe(1);
  expect(code).toBe(1);
});
