// SPDX-License-Identifier: Apache-2.0
/** Runs the commands of the README's "Trying an update" with other ports and another folder, and compares their output. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { testWith } from "../skipped";
import { Launcher } from "./launcher";

const ROOT = join(__dirname, "../../..");
const readme = readFileSync(join(ROOT, "README.md"), "utf8");
const section = /^## Trying an update\n([\s\S]*?)^## /m.exec(readme)?.[1] ?? "";
const blocks = [...section.matchAll(/```(sh)?\n([\s\S]*?)```/g)].map(([, shell, text]) => ({
  shell,
  text: text ?? "",
}));
const commands = blocks.filter(({ shell }) => shell).flatMap(({ text }) => text.trim().split("\n"));
const [printed = [], log = [], status = []] = blocks
  .filter(({ shell }) => !shell)
  .map(({ text }) => text.trim().split("\n"));

let folder: string;
let camera: Launcher;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "tcam-readme-"));
  camera = new Launcher([
    "--port",
    "0",
    "--http",
    "0",
    "--control",
    "0",
    "--data",
    join(folder, "data"),
    "--speed",
    "4",
  ]);
});
afterAll(() => {
  camera.kill();
  rmSync(folder, { recursive: true });
});

let ports: { camera: string; control: string };

/** Runs a command of the README. @returns its output @throws Error when it fails */
function run(command: string, onOutput: (text: string) => void = () => undefined): Promise<string> {
  const script = command
    .replace("--host 127.0.0.1", `--host 127.0.0.1 --port ${ports.camera}`)
    .replace("127.0.0.1:5002", `127.0.0.1:${ports.control}`)
    .replace(/\bfirmware\.bin\b/, join(folder, "firmware.bin"));
  const child: ChildProcess = spawn("bash", ["-c", script], { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"] });
  let text = "";
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding("utf8").on("data", (piece: string) => onOutput((text += piece)));
  return new Promise((resolve, reject) =>
    child.once("close", (code) => (code === 0 ? resolve(text) : reject(new Error(`${script}: ${code}\n${text}`)))),
  );
}

testWith("curl")("an image is made, sent, approved, started and kept, with the printed output", async () => {
  const [make = "", update = "", press = "", ask = ""] = commands;
  expect(commands).toHaveLength(4);
  ports = {
    camera: (await camera.prints(/Camera: +127\.0\.0\.1:(\d+)/))[1] ?? "",
    control: (await camera.prints(/Control page: http:\/\/127\.0\.0\.1:(\d+)/))[1] ?? "",
  };
  await camera.prints(/main: first frame/);
  expect((await run(make)).trim()).toBe(`${folder}/${printed[0]}`);

  let pressed: Promise<string> | undefined;
  const output = await run(update, (text) => {
    if (text.includes("press the camera's button")) pressed ??= run(press);
  });
  expect((await pressed)?.trim()).toBe('{"ok":true}');
  expect(output).toContain(printed[1]?.replace("firmware.bin", join(folder, "firmware.bin")));
  expect(output).toContain(printed[2]);
  expect(output).toContain("[##############################] 100 %");
  expect(output.trim().split("\n").at(-1)).toBe(printed[4]);

  await camera.prints(/version 4\.1 runs on trial[\s\S]*main: first frame/);
  const answer = (await run(ask)).trim().split("\n");
  expect(answer).toEqual(expect.arrayContaining(status));
  await camera.prints(/passed its trial/);
  for (const line of log) expect(camera.out).toContain(line);
});
