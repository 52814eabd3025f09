// SPDX-License-Identifier: Apache-2.0
/** A start that cannot be: one clear line, exit code not 0, and nothing left running. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
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

const free = (): string[] => ["--port", "0", "--control", "0", "--data", join(directory, "data")];

test.each<[string, () => string[], RegExp]>([
  ["an unknown option", () => ["--colour"], /^error: unknown option '--colour'/],
  ["a word too much", () => ["fast"], /^error: too many arguments/],
  ["a port that is none", () => ["--port", "70000"], /^error: option '--port <number>' .* 65535\.$/],
  ["a speed that is none", () => ["--speed", "-1"], /^error: option '--speed <factor>' .* above 0/],
  ["an unknown Lepton", () => ["--lepton", "2.5"], /^error: option '--lepton <model>' .* 3\.5, 3\.0, 3\.1R\.$/],
  [
    "a scene that is not there",
    () => [...free(), "--scene", "sunset"],
    /^start: scene "sunset": there is no such file/,
  ],
  ["a file that is no scene", () => [...free(), "--scene", join(directory, "file")], /^start: scene file: not JSON/],
  ["a port that is taken", () => [...free(), "--port", String(taken)], /^start: port \d+ on 127\.0\.0\.1 is taken/],
  ["a control port that is taken", () => [...free(), "--control", String(taken)], /^start: control API: port \d+ .* is taken/], // prettier-ignore
  ["an address that is none", () => ["--host", "localhost"], /^error: option '--host <address>' .* four numbers/],
  ["an IPv6 address", () => ["--host", "::1"], /^error: option '--host <address>' .* four numbers/],
  ["an address that is not ours", () => [...free(), "--host", "192.0.2.1"], /^start: 192\.0\.2\.1 is not an address/],
  ["a data folder that cannot be", () => [...free(), "--data", join(directory, "file")], /^start: the data folder .* cannot be written/], // prettier-ignore
])("%s", async (_name, args, message) => {
  const { code, err } = await new Launcher(args()).ended;
  expect(err.trim()).toMatch(message);
  expect(err.trim().split("\n").length).toBe(1);
  expect(code).toBe(1);
});

test("no compiler", async () => {
  const { code, err } = await new Launcher(free(), { CC: "/nonexistent/cc" }).ended;
  expect(err.trim()).toMatch(/^start: a C compiler is needed/);
  expect(err.trim().split("\n").length).toBe(1);
  expect(code).toBe(1);
});
