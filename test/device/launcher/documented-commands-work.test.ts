// SPDX-License-Identifier: Apache-2.0
/** Runs every command of docs/simulator.md with another port, and its programs. */
import { execFile } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { type VirtualCamera, startVirtualCamera } from "../../../simulator/board/virtual-camera";
import { testWith } from "../skipped";

const ROOT = join(__dirname, "../../..");
const text = readFileSync(join(ROOT, "docs/simulator.md"), "utf8");
const lines = [...text.matchAll(/```sh\n([\s\S]*?)```/g)].flatMap((block) => (block[1] as string).trim().split("\n"));
const helper = lines.find((line) => line.startsWith("control() ")) as string;
const inline = [...text.matchAll(/`(control \/[^`]+)`/g)].map((match) => match[1] as string);
const commands = [...lines.filter((line) => line !== helper), ...inline];

let camera: VirtualCamera;
beforeAll(async () => {
  camera = await startVirtualCamera({ speed: 4 });
  await camera.ready();
});
afterAll(() => camera.stop());

async function run(command: string): Promise<string> {
  const script = `${helper}\n${command}`
    .replaceAll("127.0.0.1:5002", `127.0.0.1:${camera.control}`)
    .replace("curl -sN", "curl -sN --max-time 1");
  const { stdout } = await promisify(execFile)("bash", ["-c", script]).catch((error: { stdout: string }) => error);
  return stdout;
}

test("commands are found", () => {
  expect(commands.length).toBeGreaterThan(30);
});

for (const command of commands)
  testWith("curl")(command, async () => {
    const answer = await run(command);
    if (command.startsWith("curl")) expect(answer).toContain(": the virtual board");
    else expect((JSON.parse(answer) as { error?: string }).error).toBeUndefined();
  });

const programs = [...text.matchAll(/```ts\n([\s\S]*?)```/g)].map((match) => match[1] as string);

test("programs are found", () => {
  expect(programs).toHaveLength(3);
});

test.each(programs.map((program, i): [number, string] => [i + 1, program]))(
  "program %i succeeds",
  async (_, program) => {
    expect(program).toContain("../simulator/board/virtual-camera");
    // Imports are relative to a folder of the repository. .mts: top-level await.
    const file = join(ROOT, `build/documented-${process.pid}.mts`);
    mkdirSync(join(ROOT, "build"), { recursive: true });
    writeFileSync(file, program);
    try {
      await promisify(execFile)(process.execPath, ["--import", "tsx", file], { cwd: ROOT });
    } finally {
      rmSync(file);
    }
  },
);
