// SPDX-License-Identifier: Apache-2.0
/** Runs the recipes of docs/web.md on a virtual camera, with shorter videos. VLC needs a user's desktop: not run here. */
import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { VirtualCamera } from "../../../simulator/board/virtual-camera";
import type { ToolName } from "../../../tools/optional-tools";
import { testWith } from "../skipped";

const text = readFileSync(join(__dirname, "../../../docs/web.md"), "utf8");
const commands = [...text.matchAll(/```sh\n([\s\S]*?)```/g)]
  .flatMap((block) => (block[1] as string).trim().split("\n"))
  .filter((line) => !/^c?vlc /.test(line));
const [program] = [...text.matchAll(/```python\n([\s\S]*?)```/g)].map((block) => block[1] as string);

let camera: VirtualCamera;
let folder: string;
beforeAll(async () => {
  camera = await VirtualCamera.start({ control: undefined });
  await camera.ready();
  await camera.waitForLog(/first frame/, 20_000);
});
afterAll(() => camera.stop());
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "tcam-recipe-"))));
afterEach(() => rmSync(folder, { recursive: true }));

async function run(command: string, parameters: readonly string[]): Promise<string> {
  const here = parameters.map((one) => one.replaceAll(":5080", `:${camera.http}`).replace("-t 10", "-t 2"));
  const { stdout, stderr } = await promisify(execFile)(command, here, { cwd: folder });
  expect(stderr).toBe("");
  return stdout;
}

test("recipes are found", () => {
  expect(commands.length).toBe(6);
  expect(program).toContain("numpy");
});

for (const command of commands) {
  const tool: ToolName = command.includes("exiftool") ? "exiftool" : command.startsWith("ffmpeg") ? "ffmpeg" : "curl";
  testWith(tool)(command, async () => {
    const output = await run("bash", ["-c", command]);
    if (tool === "exiftool") expect(output).toMatch(/^Comment +: \{"unit":"celsius"/);
    else {
      const [file] = readdirSync(folder) as [string];
      expect(file).toMatch(/^(picture|video|tcam-\d{8}-\d{6})\.\w+$/);
      expect(statSync(join(folder, file)).size).toBeGreaterThan(2000);
    }
  });
}

testWith("numpy")("the Python program prints the range of temperatures, at high and at low gain", async () => {
  const url = `http://127.0.0.1:${camera.http}`;
  for (const [gain, scale] of [
    [0, "0.01"],
    [1, "0.1"],
  ] as const) {
    const headers = { "Content-Type": "application/json" };
    const body = JSON.stringify({ gain_mode: gain });
    expect((await fetch(`${url}/api/v1/config`, { method: "PUT", headers, body })).status).toBe(200);
    let found: string | null;
    do {
      const answer = await fetch(`${url}/image.npy`);
      await answer.arrayBuffer();
      found = answer.headers.get("x-scale");
    } while (found !== scale);
    const [, low, high] =
      /^(-?\d+\.\d\d) to (-?\d+\.\d\d) °C\n$/.exec(await run("/usr/bin/python3", ["-c", program ?? ""])) ?? [];
    expect(Number(low)).toBeGreaterThan(0);
    expect(Number(low)).toBeLessThan(20);
    expect(Number(high)).toBeGreaterThan(30);
    expect(Number(high)).toBeLessThan(60);
  }
});
