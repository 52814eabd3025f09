// SPDX-License-Identifier: Apache-2.0
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { type Command, FakeCamera } from "./fake-camera";

const TCAM = join(__dirname, "../../../tools/tcam/tcam.js");
const STATUS = { Camera: "tCam-Mini-EFB5", Model: 262146, Version: "4.0", Time: "00:00:10.000", Date: "1/1/70" };

async function tcam(
  onCommand: (command: Command, camera: FakeCamera) => void,
  ...args: string[]
): Promise<{ stdout: string; stderr: string }> {
  const camera = new FakeCamera(onCommand);
  const address = ["--host", "127.0.0.1", "--port", String(await camera.listen())];
  try {
    return await promisify(execFile)(process.execPath, [TCAM, ...address, ...args]);
  } finally {
    await camera.close();
  }
}

test("status shows what became of an update that was rolled back, and asks for nothing else", async () => {
  const notice = "Firmware update to 4.1 was rolled back, running 4.0";
  const commands: string[] = [];
  const { stdout, stderr } = await tcam(({ cmd }, camera) => {
    commands.push(cmd);
    camera.send({ status: { ...STATUS, Update: notice } });
  }, "status");
  expect(stdout.split("\n")).toEqual(expect.arrayContaining(["Version  4.0", `Update   ${notice}`]));
  expect(stderr).toBe("");
  expect(commands).toEqual(["get_status"]);
});

test.each([
  ["a word", ["spot", "left", "10", "20", "20"], '"left" is not an integer'],
  ["nothing", ["spot", "", "10", "20", "20"], '"" is not an integer'],
  ["an option's word", ["config", "--gain", "high"], '"high" is not an integer'],
])("%s in place of a number is named, and nothing is sent", async (_, args, message) => {
  const commands: string[] = [];
  await expect(tcam(({ cmd }) => commands.push(cmd), ...args)).rejects.toThrow(message);
  expect(commands).toEqual([]);
});
