// SPDX-License-Identifier: Apache-2.0
/** The package of `npm pack`, unpacked in another folder. */
import { withVirtualCamera } from "../camera/rig";
import { execFile, execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";

const ROOT = join(__dirname, "../../..");

interface Manifest {
  version: string;
  bin: { tcam: string };
  dependencies: Record<string, string>;
}

interface Packed {
  filename: string;
  files: { path: string }[];
}

let folder: string;
let files: string[];
let manifest: Manifest;
const unpacked = (): string => join(folder, "package");

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "tcam-pack-"));
  // As in the README: .npmrc disables scripts, and without prepack the package has no compiled code.
  const args = ["pack", "--ignore-scripts=false", "--json", "--pack-destination", folder];
  const output = execFileSync("npm", args, { cwd: ROOT, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  // After the output of prepack.
  const packed = JSON.parse(output.slice(output.search(/^[[{]/m))) as Record<string, Packed>;
  // An array or an object by package name, depending on npm's version.
  const [first] = Object.values(packed);
  if (!first) throw new Error(`npm pack printed ${output}`);
  files = first.files.map(({ path }) => path);
  execFileSync("tar", ["xzf", join(folder, first.filename), "-C", folder]);
  manifest = JSON.parse(readFileSync(join(unpacked(), "package.json"), "utf8")) as Manifest;
  // Only the declared dependencies, as after an installation.
  for (const name of Object.keys(manifest.dependencies)) {
    const target = join(unpacked(), "node_modules", name);
    mkdirSync(dirname(target), { recursive: true });
    symlinkSync(join(ROOT, "node_modules", name), target);
  }
});
afterAll(() => rmSync(folder, { recursive: true }));

async function tcam(...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [join(unpacked(), manifest.bin.tcam), ...args], {
    cwd: folder,
    env: { PATH: process.env["PATH"] },
  });
  return stdout;
}

test("it contains the compiled client, the documentation and the license, and no sources", () => {
  expect(files).toEqual(
    expect.arrayContaining(["LICENSE", "README.md", "tools/tcam/tcam.js", "build/tcam/main.js", "docs/protocol.md"]),
  );
  expect(files.filter((path) => path.endsWith(".ts") && !path.endsWith(".d.ts"))).toEqual([]);
  const folders = new Set(files.filter((path) => path.includes("/")).map((path) => path.split("/")[0]));
  expect([...folders].sort()).toEqual(["build", "docs", "tools"]);
  expect(files.filter((path) => path.startsWith("build/") && !path.startsWith("build/tcam/"))).toEqual([]);
  expect(files.filter((path) => path.startsWith("tools/"))).toEqual(["tools/tcam/tcam.js"]);
});

test("it contains every module of the client and no other", () => {
  const compiled = files.filter((path) => /^build\/tcam\/.*\.js$/.test(path)).map((path) => path.slice(11, -3));
  const modules = readdirSync(join(ROOT, "tools/tcam")).filter((name) => name.endsWith(".ts"));
  const sources = modules.map((name) => name.slice(0, -3));
  expect(compiled.sort()).toEqual(sources.sort());
});

test("tcam --help lists the commands", async () => {
  const text = await tcam("--help");
  for (const command of ["discover", "status", "snapshot", "record", "watch", "update"])
    expect(text).toContain(command);
});

test("tcam --version is the package's", async () => {
  expect(await tcam("--version")).toBe(`${manifest.version}\n`);
});

test("it reads a camera's status and saves a picture", async () => {
  await withVirtualCamera({ network: "real", speed: 4 }, async (camera) => {
    const address = ["--host", camera.host, "--port", String(camera.port)];
    await camera.waitForLog(/first frame/);
    expect(await tcam(...address, "status")).toMatch(/^Version +4\.0$/m);
    const picture = join(folder, "picture.png");
    expect(await tcam(...address, "snapshot", picture)).toContain("picture.png");
    expect(readFileSync(picture).toString("latin1", 1, 4)).toBe("PNG");
  });
});
