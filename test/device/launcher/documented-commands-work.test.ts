// SPDX-License-Identifier: Apache-2.0
/** Every command of docs/simulator.md is run as it stands, but for the port. */
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { type Device, startDevice } from "../../../simulator/board/device";

const text = readFileSync(join(__dirname, "../../../docs/simulator.md"), "utf8");
const lines = [...text.matchAll(/```sh\n([\s\S]*?)```/g)].flatMap((block) => (block[1] as string).trim().split("\n"));
const helper = lines.find((line) => line.startsWith("control() ")) as string;
const inline = [...text.matchAll(/`(control \/[^`]+)`/g)].map((match) => match[1] as string);
const commands = [...lines.filter((line) => line !== helper), ...inline];

let device: Device;
beforeAll(async () => {
  device = await startDevice({ speed: 4 });
  await device.ready();
});
afterAll(() => device.stop());

async function run(command: string): Promise<string> {
  const script = `${helper}\n${command}`
    .replaceAll("127.0.0.1:5002", `127.0.0.1:${device.control}`)
    .replace("curl -sN", "curl -sN --max-time 1");
  const { stdout } = await promisify(execFile)("bash", ["-c", script]).catch((error: { stdout: string }) => error);
  return stdout;
}

test("there are commands to run", () => {
  expect(commands.length).toBeGreaterThan(30);
});

test.each(commands)("%s", async (command) => {
  const answer = await run(command);
  if (command.startsWith("curl")) expect(answer).toContain(": the virtual board");
  else expect((JSON.parse(answer) as { error?: string }).error).toBeUndefined();
});
