// SPDX-License-Identifier: Apache-2.0
/** The host program as a person runs it. */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { HostCamera } from "../../../tools/pi-host/host-camera";
import { boardTime, wiredBoardTest } from "./rig";

const ROOT = join(__dirname, "../../..");

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "tcam-host-"))));
afterEach(() => rmSync(folder, { recursive: true }));

wiredBoardTest("Ctrl-C ends a recording in order: the film is whole, and the camera's stream is off", async (rig) => {
  rig.camera.close();
  const film = join(folder, "film.tmjsn");
  const wires = ["--serial", rig.wires.serial, "--spi", rig.wires.spi];
  // A process group of its own, as a terminal makes it: Ctrl-C goes to all of the group.
  const host = spawn(
    process.execPath,
    ["--import", "tsx", "tools/pi-host/main.ts", ...wires, "stream", "--record", film],
    {
      cwd: ROOT,
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  let said = "";
  let errors = "";
  host.stderr.setEncoding("utf8").on("data", (text: string) => (errors += text));
  host.stdout.setEncoding("utf8").on("data", (text: string) => {
    if (said === "") process.kill(-(host.pid as number), "SIGINT");
    said += text;
  });
  const code = await new Promise((resolve) => host.once("close", resolve));
  expect([code, errors]).toEqual([0, ""]);
  expect(readFileSync(film, "utf8")).toContain('"video_info"');

  const camera = await HostCamera.open({ ...rig.wires, timeout: 20_000 });
  let announced = 0;
  camera.connection.on("image_ready", () => (announced += 1));
  await camera.connection.call("get_status");
  await boardTime(rig.device, 3000);
  camera.close();
  expect(announced).toBe(0);
});
